"""Pixels between bytes and numbers, sizes and colours: nothing is lost on the way."""

import re

import numpy as np
import pytest

from beyond_blur.config import ConfigError
from beyond_blur.data.pixels import as_pixels, fit_picture, to_float, to_uint8
from beyond_blur.finite import NotFinite


def test_downsizing_is_antialiased():
    """A checkerboard of single pixels becomes even grey, not stripes."""
    board = np.indices((64, 64)).sum(0) % 2 * 255
    for kernel in ("bicubic", "lanczos", "box"):
        small = fit_picture(board[..., None].astype(np.uint8), 8, 1, kernel)
        assert small.shape == (8, 8, 1)
        assert np.ptp(small[1:-1, 1:-1].astype(int)) <= 2


def test_grey_to_colour_and_back_changes_nothing(tiny_images):
    for image in tiny_images[:10]:
        grey = image.transpose(1, 2, 0)
        back = fit_picture(fit_picture(grey, 8, 3), 8, 1)
        np.testing.assert_array_equal(back, grey)


def test_uint8_rounds_to_the_nearest_and_clips():
    values = np.array([-1, 0.4 / 255, 0.6 / 255, 1, 2])
    assert to_uint8(values).tolist() == [0, 0, 1, 255, 255]
    every = np.arange(256, dtype=np.uint8)
    np.testing.assert_array_equal(to_uint8(to_float(every)), every)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_no_grey_value_becomes_no_pixel(bad):
    values = np.zeros((3, 1, 2, 2), np.float32)
    values[2, 0, 1, 0] = bad
    with pytest.raises(NotFinite, match=r"values of pixels are not finite \(row 2\)"):
        to_uint8(values)


@pytest.mark.parametrize(("values", "code"), [
    (np.linspace(0, 1, 48), r"(images * 255).round().astype('uint8')"),
    (np.linspace(-1, 1, 48), r"((images + 1) * 127.5).round().astype('uint8')"),
    (np.linspace(0, 255, 48), r"images.round().astype('uint8')"),
    (np.arange(48) * 5, r"images.round().astype('uint8')"),
    (np.arange(48, dtype=np.uint16) * 1000, r"(images / 257).round().astype('uint8')"),
    (np.arange(48) % 2 == 0, r"(images * 255).astype('uint8')"),
])  # fmt: skip
def test_images_of_other_values_are_refused_with_what_converts_them(values, code):
    images = values.reshape(3, 4, 4)
    with pytest.raises(ConfigError, match=re.escape(code)):
        as_pixels(images, "a.npz")
    converted = eval(code, {"images": images})
    assert as_pixels(converted, "a.npz").min() == 0 and converted.max() >= 182


def test_values_that_say_nothing_are_refused_without_a_guess():
    for images in (np.full((3, 4, 4), np.nan), np.full((3, 4, 4), -9.0), np.zeros((0, 4, 4))):
        with pytest.raises(ConfigError, match=r"\(n, c, h, w\)$"):
            as_pixels(images, "a.npz")
    with pytest.raises(ConfigError, match="reshape"):
        as_pixels(np.zeros((3, 16), np.uint8), "a.npz")
