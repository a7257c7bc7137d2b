"""The figure of the two schemes draws what theory says."""

import numpy as np
import pytest

from beyond_blur.lbm import scheme_theory
from beyond_blur.lbm.levels import LatticeSchedule
from beyond_blur.rendering import schemes


def test_reached_widths_are_read_at_the_ends_of_levels():
    schedule = LatticeSchedule.from_blur_widths(np.array([0, 0.5, 0.6, 1.5]))
    steps = schedule.n_lbm_steps
    assert steps.max() > 1
    variance = scheme_theory.general_variance(np.repeat(schedule.alpha, steps))
    reached = schemes.reached_widths(schedule)
    assert reached[0] ** 2 == pytest.approx(1 / 3)
    np.testing.assert_allclose(reached**2, variance[np.cumsum(steps)[1:] - 1])


def test_decay_of_long_waves_is_the_heat_kernels_in_both_schemes():
    p = np.array([0.02])
    for alpha, _ in schemes.STUDIED:
        for factor in (scheme_theory.general_factor, scheme_theory.memoryless_factor):
            rate = -np.log(np.abs(factor(alpha, p))) / (alpha * p**2)
            assert rate[0] == pytest.approx(1, abs=2e-4)
