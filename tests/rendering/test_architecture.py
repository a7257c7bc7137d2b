"""The picture of the package is drawn from its imports."""

from matplotlib.text import Annotation

from beyond_blur import cli
from beyond_blur.rendering.architecture import (
    ROOMS,
    SERVICES,
    draw_architecture,
    room_graph,
    without_implied,
)
from beyond_blur.storage import code


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


def drawn(imports):
    """Texts, and arrows as (start, end), where rooms without a line of imports have none."""
    axes = draw_architecture({room: set() for room in ROOMS} | imports).axes[0]
    arrows = [text for text in axes.texts if isinstance(text, Annotation)]
    names = [text.get_text() for text in axes.texts if text not in arrows]
    return names, [(arrow.xyann, arrow.xy) for arrow in arrows]


IMPORTS = {
    "metrics": {"data", "config"},
    "rendering": {"metrics", "data", "storage"},
    "cli": {"rendering", "metrics", "features", "config"},
}


def test_every_room_is_named_and_imports_that_others_imply_are_left_out():
    names, arrows = drawn(IMPORTS)
    assert set(ROOMS) <= set(names)
    assert len(arrows) == 4, "metrics to data, rendering to metrics, cli to rendering and features"


def test_imports_point_down():
    for imports in (IMPORTS, room_graph(code.graph())):
        assert all(start[1] > end[1] for start, end in drawn(imports)[1])


def test_who_does_not_use_a_service_is_said_in_words():
    stages = [room for room in ROOMS if room not in SERVICES]
    everyone = {room: {"storage", "config"} for room in stages} | {"lbm": {"config"}}
    names, _ = drawn(everyone)
    assert f"{ROOMS['config']}; used by all rooms" in names
    assert f"{ROOMS['storage']}; used by all rooms but lbm" in names


def test_what_a_chain_implies_is_no_arrow():
    below = {"b": {"c"}, "c": set(), "d": {"c"}}
    assert without_implied({"a": {"b", "c", "d"}, **below}) == {"a": {"b", "d"}, **below}


def test_the_picture_is_written_in_the_format_of_its_name(tmp_path):
    for kind, start in (("png", b"\x89PNG"), ("svg", b"<?xml")):
        cli.main(["architecture", "--out", str(tmp_path / f"a.{kind}")])
        assert (tmp_path / f"a.{kind}").read_bytes().startswith(start)
