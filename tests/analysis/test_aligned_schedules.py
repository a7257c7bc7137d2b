"""Schedules that make noising processes as corrupted as a blurring one."""

import dataclasses

import numpy as np
import pytest

from beyond_blur.analysis.aligned_schedules import (
    align_processes,
    aligned_options,
    given_schedule,
    level_spectra,
)


@pytest.mark.workflow
def test_aligned_schedules_make_noise_as_strong_as_blur_level_by_level(images, forward_jobs):
    curves = {name: level_spectra(job, images) for name, job in forward_jobs.items()}
    options = aligned_options(forward_jobs, curves)
    assert options.pop("reference") == "heat_dissipation"
    assert set(options) == {"ddpm", "blurring_diffusion"}
    wanted = curves["heat_dissipation"].snr_db[1:]
    for name, chosen in options.items():
        chosen = {**chosen, "given": tuple(chosen["given"])}
        job = forward_jobs[name]
        aligned = dataclasses.replace(job, process=dataclasses.replace(job.process, **chosen))
        found = level_spectra(aligned, images)
        assert found.levels[-1] == 12
        np.testing.assert_allclose(found.snr_db[1:], wanted, atol=1.5)  # dB
        before = np.interp(
            np.linspace(0, 1, 13)[1:], curves[name].levels / 100, curves[name].snr_db
        )
        assert np.abs(found.snr_db[1:] - wanted).max() < np.abs(before - wanted).max() / 3


def test_without_a_blurring_process_there_is_nothing_to_align_with(images, forward_jobs):
    chosen = {"ddpm": forward_jobs["ddpm"]}
    curves = {"ddpm": level_spectra(chosen["ddpm"], images)}
    assert aligned_options(chosen, curves) == {"reference": None}


def test_a_process_that_cannot_be_aligned_says_why(forward_jobs):
    matched = np.array([1.0, 1.0, np.nan])
    assert "has no match" in given_schedule(forward_jobs["ddpm"], matched)["not aligned"]


def test_the_table_is_named_after_the_first_process_and_matches_it_with_itself(
    images, forward_jobs
):
    heat = forward_jobs["heat_dissipation"]
    found = align_processes({"heat": heat, "again": heat}, images.numpy())
    assert list(found.rows) == ["heat", "snr_db", "again"]
    np.testing.assert_allclose(found.rows["again"], found.rows["heat"], atol=1e-6)
    assert found.options == {"reference": "heat"}
