"""Pictures are opened in known formats only, up to a limit of pixels, and named where they fail."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from beyond_blur.config import ConfigError
from beyond_blur.data import image_sets
from beyond_blur.data.photograph import open_photograph
from beyond_blur.data.picture_values import read_picture
from beyond_blur.data.pictures import FORMATS, SUFFIXES, begins_as_picture, open_picture

READERS = {
    "dataset": read_picture,
    "evaluate": lambda path: image_sets.read_images(path.parent, 8),
    "corrupt": lambda path: open_photograph(str(path)),
}
EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n%%EndComments\n(%pipe%touch PWNED) run\n"


@pytest.fixture(params=READERS.values(), ids=READERS)
def read(request):
    return request.param


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_every_format_is_read_whatever_its_name(tmp_path, read, name, suffix):
    Image.linear_gradient("L").save(tmp_path / f"a{suffix}", format=name)
    assert np.asarray(read(tmp_path / f"a{suffix}")).mean() == pytest.approx(127, abs=3)


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_postscript_file_reaches_no_ghostscript(tmp_path, read, mode, monkeypatch):
    from PIL import EpsImagePlugin

    def called(*args, **kwargs):
        raise AssertionError("Ghostscript was called")

    monkeypatch.setattr(EpsImagePlugin, "Ghostscript", called)
    Image.new(mode, (8, 8)).save(tmp_path / "a.png", format="EPS")
    with pytest.raises(ConfigError, match=r"a\.png cannot be read .*PostScript document \(EPS\)"):
        read(tmp_path / "a.png")
    (tmp_path / "a.png").write_bytes(EPS)
    with pytest.raises(ConfigError, match=r"PostScript"):
        read(tmp_path / "a.png")


@pytest.mark.parametrize(
    ("name", "words"),
    [("PDF", "a PDF document"), ("ICO", "unknown kind"), ("TGA", "unknown kind"),
     ("PCX", "unknown kind"), ("SGI", "unknown kind")],
)  # fmt: skip
def test_other_formats_are_refused_by_name(tmp_path, read, name, words):
    Image.new("L", (16, 16), 200).save(tmp_path / "a.png", format=name)
    with pytest.raises(ConfigError, match=rf"a\.png cannot be read as an image .*{words}"):
        read(tmp_path / "a.png")


@pytest.mark.parametrize("size", ["100000 100000", "20000 9000", "10000 9000"])
def test_too_many_pixels_are_refused_before_they_are_decoded(tmp_path, read, size):
    (tmp_path / "a.ppm").write_bytes(f"P6 {size} 255\n".encode() + bytes(99))
    with pytest.raises(
        ConfigError, match=r"a\.ppm .*has \d+(,\d+)+ pixels, more than the 89,478,485"
    ):
        read(tmp_path / "a.ppm")


@pytest.mark.parametrize("content", [b"", b"hello", b"\x89PNG\r\n\x1a\n", bytes(64)])
def test_what_is_no_picture_is_refused_by_name(tmp_path, read, content):
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(
        ConfigError, match=r"a\.png.*cannot be read|cannot be read.*a\.png"
    ) as refused:
        read(tmp_path / "a.png")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", FORMATS)
def test_truncated_pictures_are_refused_by_name(tmp_path, read, name):
    path = tmp_path / "a.png"
    Image.effect_noise((64, 64), 50).save(path, format=name)
    path.write_bytes(path.read_bytes()[:600])
    with pytest.raises(
        ConfigError, match=r"a\.png.*cannot be read|cannot be read.*a\.png"
    ) as refused:
        read(path)
    assert "\n" not in str(refused.value)


def test_a_picture_whose_pixels_are_not_wanted_is_not_decoded(tmp_path):
    path = tmp_path / "a.png"
    Image.effect_noise((64, 64), 50).save(path)
    path.write_bytes(path.read_bytes()[:600])
    with open_picture(path, decode=False) as image:
        assert image.size == (64, 64)


def test_the_suffixes_are_those_that_pillow_knows_of_the_formats():
    Image.init()
    known = {suffix for suffix, name in Image.registered_extensions().items() if name in FORMATS}
    assert set(SUFFIXES) == known | {".mpo"}, "a JPEG with a second picture in it"


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_known_by_how_it_begins(tmp_path, name):
    Image.linear_gradient("L").save(tmp_path / "a", format=name)
    assert begins_as_picture(tmp_path / "a")


@pytest.mark.parametrize("content", [b"", b"BMW is a name", b"P1", b"RIFF0000WAVE", bytes(64)])
def test_other_files_do_not_begin_as_pictures(tmp_path, content):
    (tmp_path / "a").write_bytes(content)
    assert not begins_as_picture(tmp_path / "a")
    assert not begins_as_picture(tmp_path / "none")


def test_pictures_are_opened_in_one_place_only():
    """`Image.open` without formats tries every one that Pillow knows."""
    package = Path(__file__).parents[2] / "src"
    opening = [p.name for p in package.rglob("*.py") if "Image.open(" in p.read_text()]
    assert opening == ["pictures.py"]
