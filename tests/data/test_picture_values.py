"""Every kind of picture is read as the same 8-bit pixels, by every verb."""

import numpy as np
import pytest
from PIL import Image

from beyond_blur.config import ConfigError, Dataset
from beyond_blur.data import image_sets, photograph, picture_values
from beyond_blur.data.folder import FolderReader
from beyond_blur.data.picture_values import decode_picture, read_picture
from beyond_blur.sampling.priors import open_prior

RAMP = np.tile(np.arange(0, 256, 17, dtype=np.uint8), (16, 1))
"""Black on the left to white on the right, 16 x 16."""

COLOURS = np.stack([RAMP, RAMP.T, np.full_like(RAMP, 60)], axis=-1)


def of_dataset(path):
    spec = Dataset(kind="folder", path=str(path.parent), size=16, channels=3)
    return FolderReader().open(spec).read(0)


def of_prior(path):
    _, prior = open_prior([str(path)])
    return prior.arrays["images"][0].numpy().transpose(1, 2, 0)


def of_corrupt(path):
    return np.rint(photograph.read_photograph(str(path), 16) * 255).transpose(1, 2, 0)


VERBS = {
    "dataset": of_dataset,
    "evaluate": lambda path: image_sets.read_images(path.parent)[0].transpose(1, 2, 0),
    "one picture": lambda path: image_sets.read_images(path)[0].transpose(1, 2, 0),
    "prior": of_prior,
    "corrupt": of_corrupt,
    "in memory": lambda path: decode_picture(path.read_bytes(), path.name),
}


@pytest.fixture(params=VERBS.values(), ids=VERBS)
def read(request):
    return request.param


def with_alpha(colour, alpha):
    return Image.fromarray(np.dstack([colour, alpha]).astype(np.uint8))


def palette(pixels):
    image = Image.fromarray(RAMP // 17, "P")
    image.putpalette(pixels[0].tobytes())
    return image


HALF = np.where(np.arange(16) < 8, 0, 255) * np.ones((16, 1), int)
"""Transparent on the left."""

ON_WHITE = np.where(HALF == 0, 255, RAMP)

CASES = {
    "grey.png": (Image.fromarray(RAMP), RAMP),
    "16 bits.png": (Image.fromarray(RAMP.astype(np.uint16) * 257), RAMP),
    "16 bits.tif": (Image.fromarray(RAMP.astype(np.uint16) * 257), RAMP),
    "16 bits.pgm": (Image.fromarray(RAMP.astype(np.uint16) * 257), RAMP),
    "16 bits.jp2": (Image.fromarray(RAMP.astype(np.uint16) * 257), RAMP),
    "dark of 16 bits.pgm": (Image.fromarray(RAMP.astype(np.uint16)), np.rint(RAMP / 257)),
    "float to 1.tif": (Image.fromarray((RAMP / 255).astype(np.float32)), RAMP),
    "float to 255.tif": (Image.fromarray(RAMP.astype(np.float32)), RAMP),
    "float to 65535.tif": (Image.fromarray(RAMP.astype(np.float32) * 257), RAMP),
    "32 bits to 255.tif": (Image.fromarray(RAMP.astype(np.int32)), RAMP),
    "32 bits to 65535.tif": (Image.fromarray(RAMP.astype(np.int32) * 257), RAMP),
    "black and white.png": (Image.fromarray(RAMP > 99), np.where(RAMP > 99, 255, 0)),
    "colour.png": (Image.fromarray(COLOURS), COLOURS),
    "alpha.png": (with_alpha(COLOURS, HALF), np.where(HALF[..., None] == 0, 255, COLOURS)),
    "alpha.webp": (with_alpha(COLOURS, 0 * RAMP), np.full_like(COLOURS, 255)),
    "grey with alpha.png": (with_alpha(RAMP, HALF), ON_WHITE),
    "palette.png": (palette(COLOURS), np.tile(COLOURS[:1], (16, 1, 1))),
    "palette.gif": (palette(COLOURS), np.tile(COLOURS[:1], (16, 1, 1))),
    "palette of greys.png": (palette(np.dstack([RAMP] * 3)), RAMP),
    "lab.tif": (Image.fromarray(np.dstack([RAMP] * 3)).convert("LAB"), np.dstack([RAMP] * 3)),
}


@pytest.mark.parametrize("name", CASES)
def test_every_verb_reads_the_same_pixels_of_every_kind(tmp_path, read, name):
    image, expected = CASES[name]
    image.save(tmp_path / name)
    expected = np.atleast_3d(expected)
    found = read(tmp_path / name)
    assert found.shape == expected.shape, "grey stays grey"
    np.testing.assert_allclose(found, expected, atol=2 if name == "lab.tif" else 0)


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.tif", "a.avif"])
def test_every_verb_turns_pictures_as_exif_says(tmp_path, read, name):
    exif = Image.Exif()
    exif[0x112] = 6  # the camera was held upright: a quarter to the right
    wide = np.where(np.arange(16) < 8, 30, 220)[None].repeat(8, 0).astype(np.uint8)
    Image.fromarray(wide).save(tmp_path / name, exif=exif)
    found = read(tmp_path / name)
    assert found.shape[:2] == (16, 8)
    np.testing.assert_allclose(found[1:7], 30, atol=6)
    np.testing.assert_allclose(found[9:15], 220, atol=6)


@pytest.mark.parametrize("transparency", [{"transparency": 0}, {"transparency": b"\0" * 8}])
def test_transparent_entries_of_palettes_show_white(tmp_path, read, transparency):
    palette(COLOURS).save(tmp_path / "a.png", **transparency)
    n = 1 if transparency["transparency"] == 0 else 8
    found = read(tmp_path / "a.png")
    assert (found[:, :n] == 255).all()
    np.testing.assert_array_equal(found[:, n:], np.tile(COLOURS[:1, n:], (16, 1, 1)))


@pytest.mark.parametrize("scale", [1, 257])
def test_one_grey_value_that_is_said_to_be_transparent_shows_white(tmp_path, read, scale):
    dtype = np.uint8 if scale == 1 else np.uint16
    Image.fromarray(RAMP.astype(dtype) * dtype(scale)).save(
        tmp_path / "a.png", transparency=17 * scale
    )
    np.testing.assert_array_equal(read(tmp_path / "a.png")[..., 0], np.where(RAMP == 17, 255, RAMP))


@pytest.mark.parametrize(("values", "words"), [
    (-1, "its values are -1 to 0"), (70_000, "its values are 0 to 70000"),
    (np.nan, "its values are not all numbers"), (np.inf, "its values are not all numbers"),
])  # fmt: skip
def test_values_that_are_no_grey_values_are_refused_by_every_verb(tmp_path, read, values, words):
    pixels = np.zeros((16, 16), np.float32)
    pixels[3, 3] = values
    Image.fromarray(pixels).save(tmp_path / "a.tif")
    with pytest.raises(
        ConfigError, match=rf"a\.tif cannot be read as an image \({words}"
    ) as refused:
        read(tmp_path / "a.tif")
    assert "\n" not in str(refused.value) and "save it as 8" in str(refused.value)


def test_16_bit_tiffs_whose_zero_is_white_are_inverted(tmp_path):
    Image.fromarray(RAMP.astype(np.uint16) * 257).save(tmp_path / "a.tif", tiffinfo={262: 0})
    np.testing.assert_array_equal(read_picture(tmp_path / "a.tif")[..., 0], 255 - RAMP)


def test_white_of_12_bits_is_4095():
    image = Image.fromarray(RAMP.astype(np.uint16))
    image.format, image.tag_v2 = "TIFF", {258: (12,)}
    assert picture_values.white_of(image) == 4095


def test_the_rule_stands_in_one_place_only():
    """A picture that is converted by Pillow alone has its 16 bits clipped and its alpha dropped."""
    from pathlib import Path

    package = Path(picture_values.__file__).parents[1]
    turning = [p.name for p in package.rglob("*.py") if "exif_transpose(" in p.read_text()]
    assert turning == ["picture_values.py"]
