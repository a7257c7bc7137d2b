"""The paper's figures and the alignment of levels, from the verbs' side."""

import dataclasses

import numpy as np
import pytest
import torch

from beyond_blur.cli import paper
from beyond_blur.config import load_experiment, rule_specs, slug
from beyond_blur.data import digits, pixels

PROCESSES = [
    {"kind": "ddpm", "n_steps": 100, "schedule": "cosine"},
    {"kind": "heat_dissipation"},
    {"kind": "blurring_diffusion", "n_steps": 100, "blur_width_max": 4.0},
    {"kind": "advection_diffusion", "peclet": 0.1},
]


@pytest.fixture(scope="module")
def images():
    return torch.from_numpy(pixels.to_float(digits.read_digits().pixels[:32]))


@pytest.fixture(scope="module")
def forward_jobs():
    levels = {"n_levels": 12, "sigma_min": 0.3, "sigma_max": 8.0}
    made = load_experiment({"preset": "tiny", "levels": levels, "processes": PROCESSES})
    return {slug(p): rule_specs.forward_job(made, slug(p)) for p in made.processes}


def test_aligned_schedules_make_noise_as_strong_as_blur_level_by_level(images, forward_jobs):
    curves = {name: paper.measured(job, images) for name, job in forward_jobs.items()}
    options = paper.aligned_options(forward_jobs, curves)
    assert options.pop("reference") == "heat_dissipation"
    assert set(options) == {"ddpm", "blurring_diffusion"}
    wanted = curves["heat_dissipation"].snr_db[1:]
    for name, chosen in options.items():
        chosen = {**chosen, "given": tuple(chosen["given"])}
        job = forward_jobs[name]
        aligned = dataclasses.replace(job, process=dataclasses.replace(job.process, **chosen))
        found = paper.measured(aligned, images)
        assert found.levels[-1] == 12
        np.testing.assert_allclose(found.snr_db[1:], wanted, atol=1.5)  # dB
        before = np.interp(
            np.linspace(0, 1, 13)[1:], curves[name].levels / 100, curves[name].snr_db
        )
        assert np.abs(found.snr_db[1:] - wanted).max() < np.abs(before - wanted).max() / 3


def test_without_a_blurring_process_there_is_nothing_to_align_with(images, forward_jobs):
    chosen = {"ddpm": forward_jobs["ddpm"]}
    curves = {"ddpm": paper.measured(chosen["ddpm"], images)}
    assert paper.aligned_options(chosen, curves) == {"reference": None}


def test_a_process_that_cannot_be_aligned_says_why(forward_jobs):
    matched = np.array([1.0, 1.0, np.nan])
    assert "has no match" in paper.given_schedule(forward_jobs["ddpm"], matched)["not aligned"]


def test_a_process_on_a_larger_image_keeps_its_dimensionless_numbers(forward_jobs):
    small = forward_jobs["advection_diffusion-pe0.1"]
    large = paper.at_size(small, 64)
    assert large.levels.sigma_max / 64 == small.levels.sigma_max / 8
    assert large.process == small.process
    blurring = paper.at_size(forward_jobs["blurring_diffusion"], 64)
    assert blurring.process.blur_width_max == 32.0
