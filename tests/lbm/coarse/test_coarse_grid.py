"""From pixels to cells and back."""

import numpy as np
import pytest

from beyond_blur.lbm.coarse.grid import to_cells, to_pixels


@pytest.fixture
def cells():
    return np.random.default_rng(0).random((2, 6, 9))


def test_cells_are_means_of_their_pixels():
    pixels = np.arange(16.0).reshape(1, 4, 4)
    np.testing.assert_array_equal(to_cells(pixels, 2), [[[2.5, 4.5], [10.5, 12.5]]])


@pytest.mark.parametrize("factor", [1, 2, 4])
def test_cells_of_what_cells_became_are_the_cells(cells, factor):
    np.testing.assert_allclose(to_cells(to_pixels(cells, factor), factor), cells, atol=1e-13)


@pytest.mark.parametrize("factor", [2, 4])
def test_mass_is_kept_both_ways_to_rounding(cells, factor):
    pixels = to_pixels(cells, factor)
    np.testing.assert_allclose(pixels.mean((1, 2)), cells.mean((1, 2)), rtol=1e-14)
    back = to_cells(pixels, factor)
    np.testing.assert_allclose(back.mean((1, 2)), pixels.mean((1, 2)), rtol=1e-14)


def test_a_cosine_that_cells_hold_comes_back_as_it_was():
    x = (np.arange(24) + 0.5) / 24
    wave = np.cos(3 * np.pi * x)[None, :] * np.cos(2 * np.pi * x)[:, None]
    np.testing.assert_allclose(to_pixels(to_cells(wave, 2), 2), wave, atol=1e-13)
