"""Images beside and below each other as one image."""

import numpy as np
import pytest

from beyond_blur.data.mosaic import mosaic


def test_a_mosaic_holds_every_image_where_it_belongs():
    images = np.arange(5)[:, None, None, None] * np.ones((1, 3, 2, 2)) / 10
    canvas = mosaic(images, columns=3, gap=1, blank=1.0)
    assert canvas.shape == (5, 8, 3)
    assert canvas[0, 3, 0] == pytest.approx(0.1)
    assert canvas[3, 4, 0] == pytest.approx(0.4)
    assert canvas[2, 0, 0] == 1.0  # gap
    assert canvas[3, 7, 0] == 1.0  # no sixth image


def test_a_mosaic_of_bytes_stays_bytes_of_one_channel():
    images = np.arange(3, dtype=np.uint8)[:, None, None, None] * np.ones((1, 1, 2, 2), np.uint8)
    canvas = mosaic(images, columns=2, gap=2, blank=255)
    assert canvas.dtype == np.uint8 and canvas.shape == (6, 6, 1)
    assert canvas[0, 4, 0] == 1 and canvas[4, 0, 0] == 2 and canvas[4, 4, 0] == 255
