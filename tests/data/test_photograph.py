"""A photograph of any format, size and orientation."""

import numpy as np
import pytest
from PIL import Image

from beyond_blur.data import photograph


@pytest.fixture
def photo(tmp_path):
    """A colour image file, 60 x 40 pixels."""
    pixels = np.random.default_rng(0).integers(0, 256, (5, 8, 3), np.uint8)
    path = tmp_path / "photo.png"
    Image.fromarray(pixels).resize((60, 40), Image.Resampling.BICUBIC).save(path)
    return path


def test_the_longer_side_gets_the_size_and_the_shape_is_kept(photo):
    assert photograph.read_photograph(str(photo), 30).shape == (3, 20, 30)
    assert photograph.read_photograph(str(photo), 120).shape == (3, 80, 120)
    assert photograph.read_photograph(None, 64).shape == (3, 43, 64), "a sample photograph"


def half_and_half(mode, dark, bright, tmp_path, suffix=".png"):
    """A file whose left half is dark and whose right half is bright, as it is read: (c, 8, 16)."""
    image = Image.new(mode, (16, 8), dark)
    image.paste(bright, (8, 0, 16, 8))
    path = tmp_path / f"image{suffix}"
    image.save(path)
    return photograph.read_photograph(str(path), 16)


@pytest.mark.parametrize(
    ("mode", "dark", "bright", "suffix", "channels"),
    [
        ("L", 51, 255, ".png", 1),
        ("1", 0, 1, ".png", 1),
        ("RGB", (51, 51, 51), (255, 255, 255), ".png", 3),
        ("RGBA", (51, 51, 51, 255), (0, 0, 0, 0), ".png", 3),  # transparent is white
        ("LA", (51, 255), (0, 0), ".png", 1),
        ("CMYK", (0, 0, 0, 204), (0, 0, 0, 0), ".tif", 3),
        ("I;16", 13107, 65535, ".png", 1),
        ("F", 0.2, 1.0, ".tif", 1),
    ],
)
def test_any_mode_of_image_is_read(mode, dark, bright, suffix, channels, tmp_path):
    image = half_and_half(mode, dark, bright, tmp_path, suffix)
    assert image.shape == (channels, 8, 16) and image.dtype == np.float32
    expected = 0.0 if mode == "1" else 0.2
    np.testing.assert_allclose(image[..., :6], expected, atol=0.003)
    np.testing.assert_allclose(image[..., 10:], 1, atol=0.003)


def test_a_photograph_is_turned_the_way_the_camera_was_held(tmp_path):
    image = Image.new("RGB", (40, 20))
    exif = image.getexif()
    exif[0x0112] = 6  # turn by a quarter
    image.save(tmp_path / "turned.jpg", exif=exif)
    assert photograph.read_photograph(str(tmp_path / "turned.jpg"), 40).shape == (3, 40, 20)
