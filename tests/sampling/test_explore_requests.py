"""What the verb explore takes, and what it refuses in one line."""

import shutil

import numpy as np
import pytest

from beyond_blur import cli
from beyond_blur.config import Levels, read, rule_specs, to_json_values
from beyond_blur.sampling.request import Request
from trained_weights import make_weights
from untrained_networks import EXPERIMENT, explore


@pytest.mark.parametrize(("name", "prior", "options", "message"), [
    ("heat_dissipation", "terminal.safetensors", [], "starts from clean images: give files of kin"),
    ("heat_dissipation", "colour.safetensors", [], "has 3 channels and the network 1"),
    ("heat_dissipation", "images.npz", ["--steps", 9], "sampling.steps = 9: this process has 4"),
    ("heat_dissipation", "images.npz", ["--interpolate", 1], "interpolation over 1 samples"),
    ("heat_dissipation", "images.npz", ["--interpolate", 5, "--trajectory"], "give one of them"),
    ("heat_dissipation", "images.npz", ["--out", "x.bmp"],
     "--out x.bmp ends with none of .png, .pdf, .jpg, .webp, .gif, .mp4: rename it"),
    ("heat_dissipation", "images.npz", ["--out", "x.gif"], "x.gif: samples alone do not move"),
    ("heat_dissipation", "images.npz", ["--levels", 3], "--levels without --trajectory: "),
    ("heat_dissipation", "images.npz", ["--trajectory", "--levels", 1], "--levels 1: at least 2"),
    ("heat_dissipation", "images.npz", ["--n", 0], "--n 0: at least one sample"),
    ("heat_dissipation", "images.npz", ["--seed", -1], "--seed -1 is outside the range of seeds"),
    ("heat_dissipation", "images.npz", ["--delta", -1], "--delta -1 is no standard deviation"),
    ("heat_dissipation", "images.npz", ["--delta-spectrum", 9],
     "--delta-spectrum 9: a number from -4 to 4"),
    ("heat_dissipation", "images.npz", ["--delta-spectrum", "nan"], "--delta-spectrum nan: a num"),
    ("heat_dissipation", "images.npz", ["--delta", 0, "--delta-spectrum", 2],
     "--delta-spectrum with --delta 0: no noise to give a colour"),
    ("ddpm", "images.npz", ["--delta-spectrum", 1], "--delta-spectrum has no effect on ddpm"),
    ("ddpm", "images.npz", ["--delta", 0.1], "--delta has no effect on ddpm"),
    ("ddpm", "images.npz", ["--no-prior-noise"], "--no-prior-noise has no effect on ddpm"),
    ("heat_dissipation", "images.npz", ["--size", 0], "--size 0: at least 1"),
    ("advection_diffusion-pe0", "nothing", [], "nothing does not exist"),
    ("heat_dissipation", "png", ["--out", "/proc/no.png"], "--out /proc/no.png: no folder"),
])  # fmt: skip
def test_what_cannot_be_explored_is_one_line(folder, capsys, name, prior, options, message):
    with pytest.raises(SystemExit):
        explore(folder, name, prior, *options)
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1


def test_shards_may_be_named_by_their_folder_and_sets_not_be_mixed(folder, tmp_path, capsys):
    shards = tmp_path / "shards"
    shards.mkdir()
    shutil.copy(folder / "terminal.safetensors", shards / "shard-0.safetensors")
    by_folder, _ = explore(folder, "advection_diffusion-pe0", shards, "--n", 3)
    by_name, manifest = explore(folder, "advection_diffusion-pe0", "terminal.safetensors", "--n", 3)
    np.testing.assert_array_equal(by_folder, by_name)
    assert f"made.safetensors ({manifest['title']})" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        explore(folder, "heat_dissipation", "png", "--prior", folder / "png", folder / "images.npz")
    assert "several files have to be shards of one set" in capsys.readouterr().err


def test_one_initial_state_is_that_of_a_row_of_an_interpolation(folder):
    options = ["--interpolate", 3, "--n", 2, "--shared-state"]
    _, manifest = explore(folder, "heat_dissipation", "images.npz", *options)
    assert manifest["title"].endswith("interpolated, one initial state in each row")
    sampling = manifest["spec"]["sampling"]
    assert (sampling["seeds"], sampling["priors"]) == ([manifest["spec"]["seed"]], [])


def test_nothing_to_write_is_an_error(folder, capsys):
    with pytest.raises(SystemExit):
        cli.main(["explore", "--weights", "x", "--prior", "y"])
    assert "give --out FILE.png, --save FILE.safetensors or both" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--out", "--save"])
def test_what_is_there_is_not_written_over_by_hand(tmp_path, capsys, option):
    """Before any work: the weights are not even looked at."""
    mine = tmp_path / "mine.png"
    mine.write_text("mine")
    with pytest.raises(SystemExit):
        cli.main(["explore", "--weights", "x", "--prior", "y", option, str(mine)])
    assert f"{option} {mine} is there already: name another file" in capsys.readouterr().err
    assert mine.read_text() == "mine"


def test_a_job_of_the_workflow_needs_its_prior(folder, capsys):
    spec = rule_specs.to_json(rule_specs.sampling_spec(EXPERIMENT, "ddpm"))
    with pytest.raises(SystemExit):
        cli.main(["explore", "--weights", str(folder / "ddpm.safetensors"), "--spec", spec,
                  "--save", str(folder / "x")])  # fmt: skip
    assert "no files to start from: give those of the job's --prior" in capsys.readouterr().err


@pytest.mark.parametrize("spectrum", [0.0, 1.0])
def test_the_automatic_delta_by_hand_is_that_of_the_workflow(folder, tmp_path, spectrum):
    """Of the network's levels, noise and size, and of the colour that is asked for."""
    process = rule_specs.find_process(EXPERIMENT, "heat_dissipation")
    make_weights(tmp_path / "sized.safetensors", process, image_size=8)
    options = ["--n", 2, "--delta", "auto", "--delta-spectrum", spectrum]
    shutil.copy(folder / "images.npz", tmp_path)
    _, manifest = explore(tmp_path, "sized", "images.npz", *options)
    drawn, levels = manifest["spec"]["sampling"], read(Levels, manifest["spec"]["levels"], "levels")
    assert drawn["delta_spectrum"] == spectrum
    assert drawn["delta"] == process.unit_delta(levels, 8, spectrum) > 0


def test_the_automatic_delta_needs_to_know_the_size_of_the_images():
    trained = to_json_values(rule_specs.training_spec(EXPERIMENT, "heat_dissipation"))
    with pytest.raises(ValueError, match="--delta auto: the weights do not say how large"):
        Request(delta="auto").job(None, trained)


def test_a_delta_of_words_is_refused(capsys):
    with pytest.raises(SystemExit):
        cli.main(["explore", "--weights", "x", "--delta", "some", "--out", "x.png"])
    assert "argument --delta: invalid delta value: 'some'" in capsys.readouterr().err
