"""Blur widths rise as they should, or are refused."""

import numpy as np
import pytest

from beyond_blur.config import Levels
from beyond_blur.config.blur_widths import blur_widths


@pytest.mark.parametrize("spacing", ["log", "linear", "cosine"])
@pytest.mark.parametrize("n_levels", [1, 2, 50, 200])
def test_blur_widths_rise_from_sigma_min_to_sigma_max(spacing, n_levels):
    sigma = blur_widths(Levels(n_levels=n_levels, sigma_max=20.0, spacing=spacing))
    assert sigma.shape == (n_levels + 1,) and sigma[0] == 0
    assert sigma[-1] == pytest.approx(20) and (np.diff(sigma) > 0).all()
    if n_levels > 1:
        assert sigma[1] == pytest.approx(0.5)


def test_given_blur_widths_are_taken_as_they_are():
    sigma = blur_widths(Levels(n_levels=3, spacing="given", given=(1.0, 2.0, 5.0)))
    np.testing.assert_array_equal(sigma, [0, 1, 2, 5])


def test_widths_that_do_not_rise_are_refused():
    with pytest.raises(
        ValueError, match=r"0.5 of level 2 does not exceed 0.6 of level 1.*sigma_max"
    ):
        blur_widths(Levels(n_levels=2, sigma_min=0.6, sigma_max=0.5))
    with pytest.raises(ValueError, match=r"given has 2 blur widths but levels.n_levels is 3"):
        blur_widths(Levels(n_levels=3, spacing="given", given=(1.0, 2.0)))
