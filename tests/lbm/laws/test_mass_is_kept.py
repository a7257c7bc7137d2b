"""Every channel keeps its mass."""

import numpy as np
import pytest
from lattice import BACKGROUND, FAST, images, run, schedule


def mass_drift(backend, shape, peclet, divergence_free, sigma_max):
    phi = images(shape, 1)
    keep = np.array([[50, 100, 150, 200]])
    states = run(backend, phi, schedule(200, sigma_max), peclet, keep=keep, background=BACKGROUND,
                 divergence_free=divergence_free)  # fmt: skip
    before = phi.sum((-2, -1), np.float64)[:, None]
    return np.abs(states.sum((-2, -1), np.float64) / before - 1).max()


def test_mass_of_every_channel_is_kept(backend, shape, walls):
    phi = images(shape)
    states = run(backend, phi, schedule(), 0.3, walls, background=BACKGROUND)
    mass, before = states.sum((-2, -1), np.float64), phi.sum((-2, -1), np.float64)[:, None]
    np.testing.assert_allclose(mass, np.broadcast_to(before, mass.shape), rtol=1e-6)


@pytest.mark.parametrize("backend", ["reference", "cpu"])
def test_mass_is_kept_by_a_flow_between_walls(backend, shape):
    phi = images(shape)
    states = run(backend, phi, schedule(), 0.02, background=BACKGROUND, basis="walls")
    mass, before = states.sum((-2, -1), np.float64), phi.sum((-2, -1), np.float64)[:, None]
    np.testing.assert_allclose(mass, np.broadcast_to(before, mass.shape), rtol=1e-6)


@pytest.mark.parametrize("divergence_free", [False, True])
@pytest.mark.parametrize("backend", FAST)
def test_mass_is_kept_over_all_levels_at_64_pixels(backend, divergence_free):
    assert mass_drift(backend, (64, 64), 0.12, divergence_free, 64.0) <= 1e-6


@pytest.mark.slow
@pytest.mark.parametrize("divergence_free", [False, True])
@pytest.mark.parametrize("backend", FAST)
def test_mass_is_kept_over_49266_steps_at_128_pixels(backend, divergence_free):
    assert mass_drift(backend, (128, 128), 0.12, divergence_free, 128.0) <= 1e-6
