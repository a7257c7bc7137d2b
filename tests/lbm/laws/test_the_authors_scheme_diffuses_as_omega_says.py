"""The authors' scheme diffuses with the alpha of omega, but for its first step."""

import numpy as np
import pytest

from beyond_blur.lbm import reference
from beyond_blur.lbm.units import omega


def test_the_authors_scheme_spreads_level_one_by_a_third_whatever_alpha_is():
    alpha, phi = 0.02, np.zeros((33, 33))
    phi[16, 16] = 1
    still = np.zeros((2, 33, 33))
    x2 = (np.arange(33) - 16.0) ** 2
    f = reference.central_moment_step(
        reference.equilibrium(phi, still), still, omega(alpha), "mirror"
    )
    assert (f.sum((0, 1)) @ x2).sum() == pytest.approx(1 / 3)
    memoryless = reference.memoryless_step(phi, still, alpha, "mirror")
    assert (memoryless @ x2).sum() == pytest.approx(2 * alpha)


@pytest.mark.parametrize("omega_value", [0.7, 1.0, 1.6])
def test_the_authors_scheme_diffuses_with_alpha_of_omega(omega_value):
    n, steps = 64, 400
    alpha = (1 / omega_value - 0.5) / 3
    p = 2 * np.pi / n
    wave = np.tile(np.cos(p * np.arange(n)), (4, 1))
    still = np.zeros((2, 4, n))
    f = reference.equilibrium(1 + wave, still)
    for _ in range(steps):
        f = reference.central_moment_step(f, still, omega_value, "periodic")
    left = ((f.sum((0, 1)) - 1) * wave).sum() / (wave**2).sum()
    assert left == pytest.approx(np.exp(-alpha * p**2 * steps), rel=3e-3)
