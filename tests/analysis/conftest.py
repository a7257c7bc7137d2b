"""Processes of every kind, described, and images to measure them on."""

import pytest
import torch

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
    # 32 images tell the last level from pure noise, which has no match where they do not.
    levels = {"n_levels": 12, "sigma_min": 0.3, "sigma_max": 6.0}
    made = load_experiment({"preset": "tiny", "levels": levels, "processes": PROCESSES})
    return {slug(p): rule_specs.forward_spec(made, slug(p)) for p in made.processes}
