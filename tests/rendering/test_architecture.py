"""The picture of the package is drawn from its imports."""

from beyond_blur import cli
from beyond_blur.rendering.architecture import ROOMS, draw_architecture, room_graph


def test_rooms_import_what_their_modules_import():
    modules = {
        "toy": {"toy.data"},
        "toy.data.images": {"toy.data.pixels", "toy.storage.files"},
        "toy.lbm.cpu.solver": {"toy.lbm.units", "toy.config"},
        "toy.progress": set(),
    }
    arrows = room_graph(modules)
    assert arrows["data"] == {"storage"} and arrows["lbm"] == {"config"}
    assert set(arrows) == set(ROOMS)


def test_every_room_is_named_and_every_import_an_arrow():
    arrows = {room: set() for room in ROOMS} | {"data": {"storage"}, "cli": {"data", "config"}}
    axes = draw_architecture(arrows).axes[0]
    assert set(ROOMS) <= {text.get_text() for text in axes.texts}
    assert len(axes.patches) == len(ROOMS) + 3


def test_the_picture_is_written_in_the_format_of_its_name(tmp_path):
    for kind, start in (("png", b"\x89PNG"), ("svg", b"<?xml")):
        cli.main(["architecture", "--out", str(tmp_path / f"a.{kind}")])
        assert (tmp_path / f"a.{kind}").read_bytes().startswith(start)
