"""Every level's variance is met exactly, with the fewest steps."""

import numpy as np
import pytest

from beyond_blur.config import Levels
from beyond_blur.config.speed import ALPHA_MAX
from beyond_blur.lbm.levels import LatticeSchedule


def schedule(**levels):
    return LatticeSchedule.from_levels(Levels(**levels))


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


def test_widths_that_do_not_start_at_zero_are_refused():
    with pytest.raises(ValueError, match=r"sigma must be \(K \+ 1,\) with sigma\[0\] = 0"):
        LatticeSchedule.from_blur_widths(np.array([0.5, 1.0]))
