"""Pixels between bytes and numbers, sizes and colours: nothing is lost on the way."""

import numpy as np
import pytest

from beyond_blur.data.images import as_images, fit
from beyond_blur.data.pixels import to_float, to_uint8
from beyond_blur.finite import NotFinite


def test_downsizing_is_antialiased():
    """A checkerboard of single pixels becomes even grey, not stripes."""
    board = np.indices((64, 64)).sum(0) % 2 * 255
    images = as_images(board[None, None].astype(np.uint8), None)
    small = fit(images, 8, 1).pixels
    assert np.ptp(small[0, 0, 1:-1, 1:-1].astype(int)) <= 2


def test_grey_to_colour_and_back_changes_nothing(tiny_images):
    grey = as_images(tiny_images[:10], None)
    back = fit(fit(grey, 8, 3), 8, 1)
    np.testing.assert_array_equal(back.pixels, grey.pixels)


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
