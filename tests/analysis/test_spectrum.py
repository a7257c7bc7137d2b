"""Energy spectra in the cosine basis."""

import numpy as np
import pytest

from beyond_blur.analysis.spectrum import radial_spectrum


@pytest.mark.parametrize("shape", [(32, 32), (16, 32)])
def test_white_noise_has_a_flat_spectrum(shape):
    noise = np.random.default_rng(0).normal(0, 0.5, (200, *shape))
    _, energy = radial_spectrum(noise)
    np.testing.assert_allclose(energy, 0.25, rtol=0.2)


def test_one_cosine_mode_has_its_energy_in_its_ring():
    x = (np.arange(32) + 0.5) / 32
    wave = np.cos(np.pi * 5 * x)[None, :] * np.ones((32, 1))
    wavenumber, energy = radial_spectrum(wave)
    assert wavenumber[energy.argmax()] == 5
    assert energy[wavenumber != 5].max() < 1e-20


@pytest.mark.parametrize("slope", [-2.0, -3.0])
def test_the_slope_of_a_power_law_is_found(slope):
    from scipy.fft import idctn

    n = np.arange(64)
    radius = np.hypot(n[:, None], n[None])
    radius[0, 0] = 1
    modes = np.random.default_rng(0).normal(size=(50, 64, 64)) * radius ** (slope / 2)
    k, energy = radial_spectrum(idctn(modes, axes=(1, 2), norm="ortho"))
    band = (k > 4) & (k < 50)
    fitted = np.polyfit(np.log(k[band]), np.log(energy[band]), 1)[0]
    assert fitted == pytest.approx(slope, abs=0.1)


@pytest.mark.parametrize(
    ("images", "words"),
    [
        (np.full((2, 1, 4, 4), np.nan), r"images are not finite \(row 0, the first of 2\)"),
        (np.zeros((0, 1, 4, 4)), "have shape"),
        (np.zeros(4), "have shape"),
    ],
)
def test_what_has_no_spectrum_is_refused(images, words):
    with pytest.raises(ValueError, match=words):
        radial_spectrum(images)
