"""Samples that are not finite end the drawing with their level and their number."""

import numpy as np
import pytest
import torch

from beyond_blur import cli
from beyond_blur.config import rule_specs
from beyond_blur.finite import NotFinite
from beyond_blur.processes import build
from beyond_blur.processes.noise import BatchNoise, SampleNoise
from beyond_blur.sampling import reverse
from beyond_blur.sampling.level_watch import LevelWatch
from beyond_blur.storage import artifacts
from untrained_networks import EXPERIMENT, sample_command


def spoil(folder, place, name, value):
    """A weights file, checksum and all, of one value everywhere."""
    file = artifacts.load(folder / f"{name}.safetensors", "weights")
    facts = {key: file.manifest[key] for key in ("image_channels", "steps", "skipped")}
    arrays = {key: np.full_like(values, value) for key, values in file.arrays.items()}
    place.mkdir(exist_ok=True)
    artifacts.save(place / f"{name}.safetensors", arrays, kind="weights",
                   spec=file.manifest["spec"], traits=file.traits, **facts)  # fmt: skip
    return place / f"{name}.safetensors"


def error_of(capsys, *arguments):
    with pytest.raises(SystemExit):
        cli.main(list(map(str, arguments)))
    error = capsys.readouterr().err
    assert error.count("\n") == 1, error
    return error


@pytest.mark.parametrize("value", [np.nan, 3e38])
@pytest.mark.parametrize("name", ["heat_dissipation", "advection_diffusion-pe0", "ddpm"])
def test_weights_that_diverged_draw_no_samples(folder, tmp_path, capsys, name, value):
    weights = spoil(folder, tmp_path / "spoilt", name, value)
    job = rule_specs.sampling_spec(EXPERIMENT, name)
    prior = "terminal" if name.startswith("advection") else "images"
    out = tmp_path / "samples.safetensors"
    error = error_of(
        capsys, "sample", "--spec", rule_specs.to_json(job), "--weights", weights, "--seed", 3,
        "--prior", folder / f"{prior}.safetensors", "--out", out,
    )  # fmt: skip
    if np.isnan(value):  # not even loaded
        assert "weights are not finite (layer " in error
    else:
        last = 6 if name == "ddpm" else 4
        assert f"one-step guesses are not finite at level {last} (sample 0 of seed 3)" in error
        assert "lower training.learning_rate and train again" in error
    assert not out.exists()


@pytest.mark.parametrize(
    ("options", "where"),
    [
        (["--delta", "1e30"], r"at level 2 (sample 0 of seed 5, the first of 8)"),
        (["--delta", "1e30", "--trajectory"], "at level 2 (sample 0 of seed 5, the first of 8)"),
        (["--delta", "1e30", "--interpolate", 3], "at level 2 (row 0 of the batch"),
        (["--delta", "1e30", "--shared-noise"], "at level 2 (row 0 of the batch"),
    ],
)
def test_explore_draws_no_black_pictures(folder, tmp_path, capsys, options, where):
    out = tmp_path / "picture.png"
    error = error_of(
        capsys, "explore", "--weights", folder / "heat_dissipation.safetensors", "--seed", 5,
        "--prior", folder / "images.safetensors", "--out", out, *options,
    )  # fmt: skip
    assert f"samples are not finite {where}" in error
    assert not out.exists()


def test_initial_states_are_looked_at_before_anything_is_drawn(folder, tmp_path, capsys):
    file = artifacts.load(folder / "terminal.safetensors", "terminal")
    file.arrays["terminal"][7, 0, 1, 1] = np.inf
    artifacts.save(tmp_path / "terminal.safetensors", file.arrays, kind="terminal",
                   spec=file.manifest["spec"], traits=file.traits)  # fmt: skip
    job = rule_specs.sampling_spec(EXPERIMENT, "advection_diffusion-pe0")
    changes = {"--spec": rule_specs.to_json(job), "--prior": tmp_path / "terminal.safetensors",
               "--weights": folder / "advection_diffusion-pe0.safetensors"}  # fmt: skip
    command = sample_command(folder, tmp_path / "out.safetensors")
    for option, value in changes.items():
        command[command.index(option) + 1] = str(value)
    command[command.index("--spec") + 1] = rule_specs.to_json(
        rule_specs.SamplingSpec(job.process, job.levels, _all_rows(job.sampling))
    )
    error = error_of(capsys, *command)
    assert "initial states are not finite (sample " in error and "of seed 0)" in error


def _all_rows(sampling):
    import dataclasses

    return dataclasses.replace(sampling, n_samples=20, batch_size=20)


def test_the_strips_of_a_network_that_diverged_are_refused(folder, tmp_path, capsys):
    weights = spoil(folder, tmp_path / "spoilt", "heat_dissipation", 3e38)
    spec = rule_specs.to_json(rule_specs.trajectory_spec(EXPERIMENT, "heat_dissipation"))
    images = folder / "images.safetensors"
    error = error_of(capsys, "trajectory", "--spec", spec, "--weights", weights,
                     "--images", images, "--prior", images, "--out", tmp_path / "way")  # fmt: skip
    assert "samples are not finite at level 3 (sample 0 of seed 0, the first of 16)" in error


def test_the_first_level_is_named_and_all_samples_of_it():
    """On a device nothing is waited for until level 0: the same watch, told that it has to wait."""
    x, noise = torch.zeros(4, 1, 2, 2), SampleNoise(9, [10, 11, 12, 13])
    watch = LevelWatch(x, noise)
    watch.waits = False
    watch.look(3, x)
    worse = x.clone()
    worse[2, 0, 1, 1], worse[3, 0, 0, 0] = float("inf"), float("nan")
    watch.look(2, worse)
    worse[0] = float("nan")
    watch.look(1, worse)
    words = r"at level 2 \(sample 12 of seed 9, the first of 2\)"
    with pytest.raises(NotFinite, match=words):
        watch.settle()


def test_samples_from_arrays_are_watched_too():
    job = rule_specs.sampling_spec(EXPERIMENT, "heat_dissipation")
    process, batch = build(job.process, job.levels, 0.0), {"images": torch.rand(3, 1, 8, 8)}

    def predict(x, k):
        return torch.where((k == 2)[:, None, None, None], torch.full_like(x, float("nan")), x * 0)

    with pytest.raises(NotFinite, match=r"at level 1 \(row 0 of the batch, the first of 3\)"):
        reverse.sample(process, predict, batch, BatchNoise(0))
    drawn = reverse.sample(process, lambda x, k: x * 0, batch, BatchNoise(0))
    assert torch.isfinite(drawn).all()
