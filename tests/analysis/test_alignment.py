"""Levels matched by what is left of the image."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_sample_images

from beyond_blur.analysis.alignment import (
    align,
    aligned_schedule,
    matched_level,
    measure,
    measure_process,
)
from beyond_blur.config.noise_schedule import even_times
from beyond_blur.processes.blurring_diffusion import BlurringDiffusion
from beyond_blur.processes.ddpm import DDPM, cosine_schedule, linear_schedule
from beyond_blur.processes.heat_dissipation import HeatDissipation
from beyond_blur.processes.noise import BatchNoise

WIDTHS = (0.0, *np.geomspace(0.4, 24, 30).tolist())


@pytest.fixture(scope="module")
def photographs():
    """Eight cuts of 64 x 64 pixels from one photograph."""
    grey = load_sample_images().images[0].mean(2) / 255
    small = grey[: 424 // 2 * 2, :640].reshape(212, 2, 320, 2).mean((1, 3))
    cuts = [small[y : y + 64, x : x + 64] for y in (20, 120) for x in (0, 64, 128, 192)]
    return torch.from_numpy(np.stack(cuts)[:, None]).float()


def spectra_of(process, photographs, seed=0):
    levels = range(process.n_steps + 1)
    noise = BatchNoise(seed)
    return measure_process(process, photographs, levels, lambda: noise)


@pytest.fixture(scope="module")
def measured(photographs):
    processes = {
        "ihdm": HeatDissipation(WIDTHS, sigma=0.01),
        "linear": DDPM(linear_schedule(60)),
        "cosine": DDPM(cosine_schedule(60)),
        "blurring": BlurringDiffusion(even_times(60), 8.0),
    }
    return {name: spectra_of(process, photographs) for name, process in processes.items()}


def test_signal_and_noise_of_ddpm_are_the_stated_ones(photographs, measured):
    """In grey values the noise of level k has variance (1 - abar_k) / 4."""
    abar, spectra = np.array(linear_schedule(60)), measured["linear"]
    rings = spectra.wavenumber >= 8  # rings with enough modes to measure a variance
    for k in (5, 20, 40, 60):
        assert spectra.noise[k, rings].mean() == pytest.approx((1 - abar[k]) / 4, rel=0.05)
    kept = spectra.signal[20, :10].sum() / spectra.clean[:10].sum()
    assert kept == pytest.approx(abar[20], rel=0.1)


def test_heat_dissipation_meets_its_noise_floor(measured):
    floor = measured["ihdm"].energy[-1, 20:]
    assert floor.mean() == pytest.approx(0.01**2, rel=0.1)


def test_snr_falls_with_the_level_of_every_process(measured):
    for spectra in measured.values():
        assert (np.diff(spectra.snr_db) < 0.1).all()  # 0.05 dB is the error of measuring it
        assert spectra.snr_db[0] > 20 and spectra.snr_db[-1] < 5


def test_a_process_matches_itself(measured, photographs):
    again = spectra_of(DDPM(cosine_schedule(60)), photographs, seed=9)
    for k in (10, 30, 45):
        assert matched_level(k, measured["cosine"], again) == pytest.approx(k, abs=0.5)


def test_other_step_counts_match_in_proportion(measured, photographs):
    half = spectra_of(DDPM(cosine_schedule(30)), photographs, seed=4)
    for k in (4, 8, 12):
        assert matched_level(k, measured["cosine"], half) == pytest.approx(k / 2, abs=0.2)


@pytest.mark.parametrize("by", ["snr_db", "distance_db"])
def test_the_table_agrees_with_the_single_match_and_rises(measured, by):
    table = align(measured["ihdm"], {"linear": measured["linear"]}, by)
    assert list(table) == ["level", by, "linear"]
    matched = table["linear"]
    known = ~np.isnan(matched)
    assert known.sum() > 10
    assert (np.diff(matched[known]) > -0.2).all()
    k = int(np.flatnonzero(known)[8])
    single = matched_level(k, measured["ihdm"], measured["linear"], by)
    assert matched[k] == pytest.approx(single, abs=0.2)


def test_a_schedule_aligned_to_another_process_has_its_snr(measured, photographs):
    """DDPM on IHDM's levels: the same measure at the same level number."""
    fine = cosine_schedule(600)
    shown = [*range(0, 60, 6), *range(60, 601, 20)]
    noise = BatchNoise(0)
    cosine = measure_process(DDPM(fine), photographs, shown, lambda: noise)
    table = align(measured["ihdm"], {"cosine": cosine})
    process = DDPM(aligned_schedule(fine, table["cosine"][1:28:3]))
    assert process.n_steps == 9
    aligned = spectra_of(process, photographs, seed=8)
    np.testing.assert_allclose(aligned.snr_db[1:], table["snr_db"][1:28:3], atol=0.4)


def test_what_never_matches_is_nan_and_cannot_be_a_schedule(measured, photographs):
    mild = spectra_of(HeatDissipation((0.0, 0.5, 0.6)), photographs)
    table = align(measured["linear"], {"mild": mild})
    assert np.isnan(table["mild"][-1])
    with pytest.raises(ValueError, match=r"level 2 has no match.*extend its schedule"):
        aligned_schedule((0.0, 0.5, 0.6), np.array([1.0, np.nan]))
    with pytest.raises(ValueError, match="levels 1 and 2 match the same level 1:"):
        aligned_schedule((0.0, 0.5, 0.6), np.array([1.0, 1.0]))


def test_arrays_that_do_not_belong_together_are_refused():
    images = np.zeros((2, 1, 8, 8))
    with pytest.raises(ValueError, match=r"do not belong to images \(2, 1, 8, 8\) at 3 levels"):
        measure(np.zeros((2, 2, 1, 8, 8)), images, np.arange(3))
    with pytest.raises(ValueError, match=r"levels \[1, 1\] must be at least one, and inc"):
        measure(np.zeros((2, 2, 1, 8, 8)), images, np.array([1, 1]))


def test_states_that_are_not_finite_are_refused_by_image_and_level():
    states = np.zeros((2, 3, 1, 8, 8))
    states[1, 2, 0, 3, 3] = np.nan
    with pytest.raises(ValueError, match=r"states are not finite \(image 1 at level 7\)"):
        measure(states, np.zeros((2, 1, 8, 8)), np.array([0, 3, 7]))
    with pytest.raises(ValueError, match="at least one"):
        measure(np.zeros((2, 0, 1, 8, 8)), np.zeros((2, 1, 8, 8)), np.zeros(0, int))
