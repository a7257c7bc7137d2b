"""The spectral distance: pure blur and noise in closed form, and the rings that they change."""

import numpy as np
import pytest
from scipy.fft import idctn

from beyond_blur.features.ring_energies import EIGHT_BIT, ring_energies, ring_numbers
from beyond_blur.metrics.spectral import spectral_distance

SIDE = 16


def one_mode_a_ring(n, energy=0.01, seed=0):
    """Spectra of images with stripes along one side alone: rings 1 ... SIDE - 1, one mode each."""
    modes = np.zeros((n, 1, SIDE, SIDE))
    signs = np.random.default_rng(seed).choice([-1, 1], (n, SIDE - 1))
    modes[:, 0, 0, 1:] = signs * np.sqrt(
        energy * np.bincount(ring_numbers(SIDE, SIDE).ravel())[1:SIDE]
    )
    return modes


def rings(modes):
    """Ring energies of images with these modes, without rounding to 256 grey values."""
    energy = np.square(modes).sum(axis=1).reshape(len(modes), -1)
    number = ring_numbers(SIDE, SIDE).ravel()
    sums = np.stack([np.bincount(number, one)[1:SIDE] for one in energy])
    return sums / np.bincount(number)[1:SIDE]


def test_pure_blur_is_the_square_of_its_attenuation():
    """A Gaussian of width s leaves exp(-(pi n s / L)^2) of the energy of mode n: in decibels
    10 / ln 10 (pi n s / L)^2, whose root mean square over n = 1 ... L - 1 is the distance."""
    clean, sigma = one_mode_a_ring(8), 1.3
    n = np.arange(1, SIDE)
    blurred = clean * np.exp(-((np.pi * np.arange(SIDE) * sigma / SIDE) ** 2) / 2)
    found = spectral_distance(rings(blurred), rings(clean))
    left = np.exp(-((np.pi * n * sigma / SIDE) ** 2))
    expected = 10 * np.log10((0.01 * left + EIGHT_BIT) / (0.01 + EIGHT_BIT))
    np.testing.assert_allclose(found.spectral_by_ring, expected, rtol=1e-6)
    assert found.spectral_distance == pytest.approx(np.sqrt((expected**2).mean()))
    low = 10 / np.log(10) * (np.pi * n[:4] * sigma / SIDE) ** 2
    np.testing.assert_allclose(found.spectral_by_ring[:4], -low, rtol=0.01)


def test_twice_the_contrast_is_six_decibels_in_every_ring():
    clean = rings(one_mode_a_ring(4, energy=10.0))
    found = spectral_distance(4 * clean, clean)
    np.testing.assert_allclose(found.spectral_by_ring, 10 * np.log10(4), atol=1e-5)
    assert spectral_distance(clean, clean) == (0.0, [0.0] * (SIDE - 1))


def test_the_rings_of_pixels_are_those_of_their_modes():
    modes = one_mode_a_ring(5)
    grey = 0.5 + idctn(modes, axes=(2, 3), norm="ortho")
    assert grey.min() > 0 and grey.max() < 1
    found = ring_energies((grey * 255).round().astype(np.uint8))
    np.testing.assert_allclose(found, rings(modes), rtol=0.1)


@pytest.mark.parametrize("shape", [(16, 16), (8, 16)])
def test_white_noise_has_its_variance_in_every_ring(shape):
    rng = np.random.default_rng(0)
    grey = rng.normal(128, 20, (4000, 3, *shape)).round().clip(0, 255).astype(np.uint8)
    found = ring_energies(grey)
    assert found.shape == (4000, 15) and found.dtype == np.float32
    np.testing.assert_allclose(found.mean(axis=0), (20 / 255) ** 2, rtol=0.06)


def test_scrambled_phases_are_not_seen():
    modes = one_mode_a_ring(40)
    assert spectral_distance(rings(modes), rings(np.abs(modes))).spectral_distance == 0
