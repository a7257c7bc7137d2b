"""A training pair that is shown is the one that a network in training would get."""

import numpy as np
import pytest
import torch

from beyond_blur.analysis.carried_image import run_of
from beyond_blur.analysis.training_pairs import training_pair
from beyond_blur.config import load_experiment, rule_specs
from beyond_blur.processes.noise import SampleNoise

IMAGE = np.random.default_rng(0).random((1, 8, 8), np.float32)


def job(options, name):
    values = {"preset": "tiny", "corruption": {"backend": "reference"}, "processes": [options],
              "levels": {"n_levels": 6, "sigma_min": 0.5, "sigma_max": 2.0}}  # fmt: skip
    return rule_specs.forward_spec(load_experiment(values), name)


def test_of_a_flow_it_is_two_states_of_one_flow_and_the_noise_on_the_first():
    spec = job({"kind": "advection_diffusion", "peclet": 0.1}, "advection_diffusion-pe0.1")
    pair = training_pair(spec, IMAGE, 3)
    u_k, u_previous = run_of("a", spec, IMAGE, 3).states(np.array([2, 1]))
    assert pair.k.tolist() == [2], "a third of the levels"
    eps = SampleNoise(spec.seed, [3]).normal(torch.zeros(1, 1, 8, 8)).numpy()[0]
    np.testing.assert_allclose(pair.x_k[0], u_k + spec.process.noise * eps, atol=1e-6)
    np.testing.assert_allclose(pair.x_k[0] + pair.target[0], u_previous, atol=1e-6)


@pytest.mark.parametrize("kind", ["ddpm", "heat_dissipation"])
def test_of_another_process_it_is_of_the_level_that_the_process_draws(kind):
    pair = training_pair(job({"kind": kind}, kind), IMAGE, 3)
    assert pair.x_k.shape == pair.target.shape == (1, 1, 8, 8) and int(pair.k[0]) >= 1
    again = training_pair(job({"kind": kind}, kind), IMAGE, 3)
    np.testing.assert_array_equal(pair.x_k, again.x_k)
