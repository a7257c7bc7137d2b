"""Variance and decay of both lattice schemes, against the reference solver."""

import numpy as np
import pytest

from beyond_blur.lbm import reference, scheme_theory
from beyond_blur.lbm.units import omega


def run_general(phi, alpha, walls="periodic"):
    """States (n, h, w) of the central-moment scheme of the reference, one for each alpha."""
    still = np.zeros((2, *phi.shape))
    f = reference.equilibrium(phi, still)
    states = []
    for a in alpha:
        f = reference.central_moment_step(f, still, omega(a), walls)
        states.append(f.sum((0, 1)))
    return np.array(states)


def test_the_schemes_coincide_at_one_sixth():
    p = np.linspace(0, np.pi, 200)
    general, memoryless = (f(1 / 6, p) for f in (scheme_theory.general_factor,
                                                 scheme_theory.memoryless_factor))  # fmt: skip
    np.testing.assert_allclose(general, memoryless, atol=1e-12)
    n = np.arange(1, 31)
    np.testing.assert_allclose(
        scheme_theory.general_variance(np.full(30, 1 / 6)), n / 3, atol=1e-12
    )


@pytest.mark.parametrize("alpha", [1 / 50, 1 / 12, 1 / 6, 0.4])
def test_the_first_step_spreads_by_a_third_and_the_excess_follows_the_law(alpha):
    n, r = np.arange(1, 26), 1 - omega(alpha)
    law = 2 * alpha * n - 2 / 3 * r * (1 - r**n) / (1 - r) ** 2
    variance = scheme_theory.general_variance(np.full(25, alpha))
    assert variance[0] == pytest.approx(1 / 3)
    np.testing.assert_allclose(variance, law, atol=1e-12)


def test_variances_are_those_of_the_reference_also_where_alpha_changes():
    alpha = np.random.default_rng(0).uniform(0.005, 1 / 6, 12)
    point = np.zeros((27, 27))
    point[13, 13] = 1
    along = (np.arange(27) - 13.0) ** 2
    measured = [(state @ along).sum() for state in run_general(point, alpha)]
    np.testing.assert_allclose(scheme_theory.general_variance(alpha), measured, atol=1e-12)


@pytest.mark.parametrize("alpha", [1 / 50, 1 / 12, 1 / 6, 0.3])
@pytest.mark.parametrize("waves", [1, 5, 9, 12])
def test_a_wave_decays_in_the_reference_by_the_factors(alpha, waves):
    """The general scheme has two modes, whose factors are the roots of one polynomial."""
    n = 24
    p = 2 * np.pi * waves / n
    wave = np.tile(np.cos(p * np.arange(n)), (2, 1))
    left = (run_general(wave, [alpha] * 12) * wave).sum((1, 2)) / (wave**2).sum()
    first = scheme_theory.general_factor(alpha, np.array([p]))[0]
    second = (1 - omega(alpha)) * (1 + 2 * np.cos(p)) / 3 / first
    total, product = (first + second).real, (first * second).real
    np.testing.assert_allclose(left[2:], total * left[1:-1] - product * left[:-2], atol=1e-12)
    assert abs(first) >= abs(second) - 1e-12, "the slower one is meant"
    state = reference.memoryless_step(wave, np.zeros((2, 2, n)), alpha, "periodic")
    np.testing.assert_allclose(state, scheme_theory.memoryless_factor(alpha, p) * wave, atol=1e-12)
