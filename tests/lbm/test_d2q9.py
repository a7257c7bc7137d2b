"""The lattice's weights have the moments they must have."""

import numpy as np
import pytest

from beyond_blur.lbm import d2q9
from beyond_blur.lbm.reference import central_moments, equilibrium, populations


def test_weights_sum_to_one_and_have_the_sound_speed():
    assert d2q9.w.sum() == pytest.approx(1, abs=1e-15)
    np.testing.assert_allclose(d2q9.w @ d2q9.c, 0, atol=1e-15)
    second = np.einsum("i,ia,ib->ab", d2q9.w, d2q9.c, d2q9.c)
    np.testing.assert_allclose(second, d2q9.CS2 * np.eye(2), atol=1e-15)


@pytest.mark.parametrize("cs2", [0.01, 0.2, 1 / 3])
def test_axis_weights_have_mean_s_and_variance_cs2(cs2):
    speed = np.linspace(-0.1, 0.1, 11)
    weights = d2q9.axis_weights(speed, cs2)
    np.testing.assert_allclose(weights.sum(0), 1, atol=1e-15)
    np.testing.assert_allclose(d2q9.AXIS @ weights, speed, atol=1e-15)
    np.testing.assert_allclose(d2q9.AXIS**2 @ weights - speed**2, cs2, atol=1e-15)


def test_axis_weights_at_rest_make_the_lattice_weights():
    axis = d2q9.axis_weights(np.zeros(()), d2q9.CS2)
    made = [axis[cx + 1] * axis[cy + 1] for cx, cy in d2q9.c]
    np.testing.assert_allclose(made, d2q9.w, atol=1e-15)


def test_equilibrium_has_the_authors_central_moments():
    rng = np.random.default_rng(0)
    phi, velocity = rng.random((5, 4)), rng.uniform(-0.1, 0.1, (2, 5, 4))
    moments = central_moments(equilibrium(phi, velocity), velocity)
    expected = np.zeros((3, 3, 5, 4))
    expected[0, 0], expected[2, 2] = phi, d2q9.CS2**2 * phi
    expected[0, 2] = expected[2, 0] = d2q9.CS2 * phi
    np.testing.assert_allclose(moments, expected, atol=1e-15)


def test_populations_invert_central_moments():
    rng = np.random.default_rng(1)
    f, velocity = rng.random((3, 3, 5, 4)), rng.uniform(-0.1, 0.1, (2, 5, 4))
    np.testing.assert_allclose(populations(central_moments(f, velocity), velocity), f, atol=1e-14)
