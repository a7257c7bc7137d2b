"""Strips show the first samples of the first seed, and images on their way forward."""

import numpy as np
import pytest

from beyond_blur import cli
from beyond_blur.config import load_experiment, rule_specs
from beyond_blur.data import pixels
from beyond_blur.storage import artifacts
from untrained_networks import PROCESSES, sample_command


@pytest.mark.parametrize("changes", [
    {}, {"steps": 2}, {"prior_noise": False}, {"last_noise": True, "delta": 0.3},
    {"delta_spectrum": 1.0},
], ids=str)  # fmt: skip
def test_strips_end_in_the_first_samples_of_the_first_seed(folder, tmp_path, changes):
    sampling = {"n_samples": 16, "batch_size": 16, "seeds": [3], **changes}
    made = load_experiment({"preset": "tiny", "processes": PROCESSES[:1], "sampling": sampling})
    job = rule_specs.sampling_spec(made, "heat_dissipation")
    strips = rule_specs.trajectory_spec(made, "heat_dissipation")
    out, way = tmp_path / "samples.safetensors", tmp_path / "way.safetensors"
    cli.main(sample_command(folder, out, job, seed=3))
    images, weights = (str(folder / f"{n}.safetensors") for n in ("images", "heat_dissipation"))
    cli.main(["trajectory", "--spec", rule_specs.to_json(strips), "--weights", weights,
              "--images", images, "--prior", images, "--out", str(way)])  # fmt: skip
    samples, shown = artifacts.load(out, "samples").arrays, artifacts.load(way, "trajectory").arrays
    levels = [0, 2, 4] if "steps" in changes else [0, 1, 2, 3, 4]
    assert shown["levels"].tolist() == levels
    np.testing.assert_array_equal(pixels.to_uint8(shown["backward"][:, 0]), samples["samples"])
    np.testing.assert_array_equal(pixels.to_uint8(shown["backward"][:, -1]), samples["prior"])


def test_no_option_of_the_sampler_changes_forward_states():
    others = {
        "steps": 2,
        "delta": 0.3,
        "delta_spectrum": 1.0,
        "prior_noise": False,
        "last_noise": True,
    }
    usual, changed = (
        load_experiment({"preset": "tiny", "sampling": sampling}) for sampling in ({}, others)
    )
    name = "advection_diffusion-pe0.1"
    assert rule_specs.forward_spec(usual, name) == rule_specs.forward_spec(changed, name)
    for key, value in others.items():
        assert getattr(rule_specs.trajectory_spec(changed, name).sampling, key) == value
