"""Blur widths rise as they should, and every level's variance is met exactly."""

import numpy as np
import pytest

from beyond_blur.config import Levels
from beyond_blur.config.speed import ALPHA_MAX
from beyond_blur.lbm.levels import LatticeSchedule, blur_widths


def schedule(**levels):
    return LatticeSchedule.from_levels(Levels(**levels))


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


@pytest.mark.parametrize("spacing", ["log", "linear", "cosine"])
def test_every_level_meets_its_variance_with_the_fewest_steps(spacing):
    made = schedule(spacing=spacing)
    spread = np.cumsum(2 * made.alpha * made.n_lbm_steps)
    np.testing.assert_allclose(spread, made.sigma**2, rtol=1e-12)
    assert made.alpha.max() <= ALPHA_MAX * (1 + 1e-11)
    one_fewer = np.diff(made.sigma**2) / (2 * np.maximum(made.n_lbm_steps[1:] - 1, 1e-9))
    assert (one_fewer > ALPHA_MAX).all()


@pytest.mark.parametrize(("sigma_max", "total", "mean"), [(128, 49_266, 4_596), (32, 3_194, 443)])
def test_step_counts_of_the_papers_campaigns(sigma_max, total, mean):
    made = schedule(sigma_max=float(sigma_max))
    assert made.n_lbm_steps.sum() == total
    assert made.first_step[1:].mean() == pytest.approx(mean, abs=0.5)


def test_widths_that_do_not_rise_are_refused():
    with pytest.raises(
        ValueError, match=r"0.5 of level 2 does not exceed 0.6 of level 1.*sigma_max"
    ):
        blur_widths(Levels(n_levels=2, sigma_min=0.6, sigma_max=0.5))
    with pytest.raises(ValueError, match=r"given has 2 blur widths but levels.n_levels is 3"):
        blur_widths(Levels(n_levels=3, spacing="given", given=(1.0, 2.0)))
    with pytest.raises(ValueError, match=r"sigma must be \(K \+ 1,\) with sigma\[0\] = 0"):
        LatticeSchedule.from_blur_widths(np.array([0.5, 1.0]))
