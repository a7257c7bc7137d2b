"""What reverse steps restore: known answers for blurred samples, for noise and for the sample."""

import numpy as np
import pytest
import torch
from scipy.fft import dctn, idctn

from beyond_blur.analysis.restored import octaves_of, restored
from beyond_blur.features.ring_energies import EIGHT_BIT
from beyond_blur.processes.dct import blur, heat_kernel


@pytest.fixture(scope="module")
def samples():
    return np.random.default_rng(0).random((6, 2, 16, 16))


def test_octaves_hold_every_wave_number_once():
    for side in (2, 3, 16, 17, 28):
        held = [n for first, last in octaves_of(side) for n in range(first, last + 1)]
        assert held == list(range(1, side))
    assert octaves_of(16) == ((1, 1), (2, 3), (4, 7), (8, 15))


def test_a_sample_is_whole_and_none_of_it_is_in_noise(samples):
    noise = 0.5 * np.random.default_rng(1).standard_normal(samples.shape)
    found = restored(np.stack([samples, noise, samples + noise], axis=1))
    np.testing.assert_allclose(found.energy[0], 1)
    np.testing.assert_allclose(found.share[0], 1)
    white = 0.25 / (1 / 12)  # its variance over that of uniform grey values
    np.testing.assert_allclose(found.energy[1, 1:], white, rtol=0.2)
    assert np.abs(found.share[1, 1:]).max() < 0.2
    np.testing.assert_allclose(found.share[2], 1 + found.share[1], atol=1e-12)


def test_half_of_a_sample_has_half_the_share_and_a_quarter_of_the_energy(samples):
    found = restored(np.stack([samples, 0.2 + 0.5 * samples], axis=1))
    np.testing.assert_allclose(found.share[1], 0.5)
    np.testing.assert_allclose(found.energy[1], 0.25)


def test_a_blurred_mode_has_the_share_that_the_heat_kernel_leaves():
    modes = np.zeros((1, 1, 16, 16))
    modes[0, 0, 0, 0], modes[0, 0, 3, 0], modes[0, 0, 4, 4] = 8, 2, 1
    samples = idctn(modes, axes=(2, 3), norm="ortho")
    blurred = blur(torch.from_numpy(samples), torch.tensor([2.0], dtype=torch.float64)).numpy()
    kept = heat_kernel(torch.tensor(2.0, dtype=torch.float64), 16, 16).numpy()
    found = restored(np.stack([samples, blurred], axis=1))
    expected = [np.nan, kept[3, 0], kept[4, 4], np.nan]
    np.testing.assert_allclose(found.share[1, 1:3], expected[1:3], rtol=1e-10)
    np.testing.assert_allclose(found.energy[1, 1:3], np.square(expected[1:3]), rtol=1e-10)


def test_an_octave_in_which_samples_have_nothing_has_no_number():
    found = restored(np.zeros((2, 3, 1, 8, 8)))
    assert np.isnan(found.energy).all() and np.isnan(found.share).all()


def test_an_octave_below_the_rounding_of_grey_values_has_no_number(samples):
    """Else one flat sample, whose noise is divided by next to nothing, sets everybody's axes."""
    step = np.sqrt(EIGHT_BIT)
    white = np.random.default_rng(3).standard_normal((6, 2, 16, 16))
    for times, known in ((0.5, False), (2.0, True)):
        found = restored(np.stack([0.5 + times * step * white, samples], axis=1))
        assert (np.isfinite(found.energy) == known).all()
        assert (np.isfinite(found.share) == known).all()


def test_the_octaves_are_those_of_the_larger_side():
    oblong = np.random.default_rng(2).random((3, 1, 1, 8, 16))
    found = restored(oblong)
    assert found.octaves == octaves_of(16)
    energy = np.square(dctn(oblong, axes=(3, 4), norm="ortho"))
    assert np.isfinite(energy).all() and np.allclose(found.share, 1)


def test_one_pixel_has_no_wave_number():
    with pytest.raises(ValueError, match="1 x 1 pixels: wave numbers need two along a side"):
        restored(np.zeros((1, 1, 1, 1, 1)))
