"""What terminal states know of their images: known answers for blur, for noise and for DDPM."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from beyond_blur.analysis.terminal_knowledge import known, terminal_states
from beyond_blur.config import load_experiment, rule_specs
from beyond_blur.features.ring_energies import ring_numbers
from beyond_blur.processes.dct import blur, heat_kernel

SIDE = 8
VARIANCE = 1 / 12
"""Of uniform grey values."""


@pytest.fixture(scope="module")
def white():
    """Images all of whose modes have one `VARIANCE` and are not correlated."""
    return np.random.default_rng(0).random((400, 1, SIDE, SIDE), np.float32)


def job(options, **levels):
    levels = {"n_levels": 4, "sigma_min": 0.5, "sigma_max": 2.0, **levels}
    made = load_experiment({"preset": "tiny", "levels": levels, "processes": [options]})
    return replace(rule_specs.forward_spec(made, options["kind"]), image_size=SIDE)


def of_rings(values):
    """Means over the rings of modes, as `known` has them."""
    ring = ring_numbers(SIDE, SIDE)
    return np.array([values[ring == n].mean() for n in range(1, SIDE)])


def test_of_blur_alone_all_is_known_however_faint(white):
    widths = torch.full((len(white),), 2.0, dtype=torch.float64)
    blurred = blur(torch.from_numpy(white.astype(np.float64)), widths).numpy()
    found = known("a", white.astype(np.float64), blurred)
    np.testing.assert_allclose(found.correlation, 1, atol=1e-6)
    kept = heat_kernel(torch.tensor(2.0, dtype=torch.float64), SIDE, SIDE).numpy() ** 2
    np.testing.assert_allclose(found.energy, of_rings(kept), rtol=0.2)
    assert found.wavenumber.tolist() == list(range(1, SIDE))
    assert found.n_values[0] == 400 * 3, "modes (0, 1), (1, 0) and (1, 1)"


def test_ddpm_knows_what_its_schedule_leaves_beside_its_noise(white):
    """Of grey values: gain sqrt(abar), noise (1 - abar) / 4, images of a `VARIANCE`."""
    ddpm = job({"kind": "ddpm", "n_steps": 12, "schedule": "cosine"})
    for abar in (0.9, 0.3, 0.0):
        noise = 0.5 * np.random.default_rng(1).standard_normal(white.shape)
        found = known("a", white, np.sqrt(abar) * (white - 0.5) + np.sqrt(1 - abar) * noise)
        variance = abar * VARIANCE + (1 - abar) / 4
        expected = np.sqrt(abar * VARIANCE / variance)
        np.testing.assert_allclose(found.correlation, expected, atol=3 / np.sqrt(found.n_values[0]))
        np.testing.assert_allclose(found.energy, variance / VARIANCE, rtol=0.2)
    found = known("a", white, terminal_states(ddpm, white, np.arange(len(white))))
    np.testing.assert_allclose(found.correlation, 0, atol=3 / np.sqrt(found.n_values[0]) + 0.01)
    np.testing.assert_allclose(found.energy, 3, rtol=0.2)


def test_ihdm_knows_what_the_heat_kernel_leaves_beside_its_noise(white):
    ihdm = job({"kind": "heat_dissipation", "noise": 0.05})
    found = known("a", white, terminal_states(ihdm, white, np.arange(len(white))))
    signal = heat_kernel(torch.tensor(2.0, dtype=torch.float64), SIDE, SIDE).numpy() ** 2 * VARIANCE
    expected = of_rings(np.sqrt(signal / (signal + 0.05**2)))
    np.testing.assert_allclose(found.correlation, expected, atol=0.1)
    np.testing.assert_allclose(found.energy, of_rings(signal + 0.05**2) / VARIANCE, rtol=0.25)


def test_what_all_images_share_is_not_known(white):
    noise = np.random.default_rng(2).standard_normal(white.shape)
    shared = 100 * np.random.default_rng(3).random((1, 1, SIDE, SIDE))
    found = known("a", white + shared, shared + noise)
    assert np.abs(found.correlation).max() < 3 / np.sqrt(found.n_values[0])


def test_images_that_are_all_one_have_no_number():
    same = np.full((4, 1, SIDE, SIDE), 0.5)
    found = known("a", same, same)
    assert np.isnan(found.correlation).all() and np.isnan(found.energy).all()
