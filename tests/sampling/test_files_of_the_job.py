"""A network and what its samples start from are those of the job, or the message says whose."""

import numpy as np
import pytest

from beyond_blur import cli
from beyond_blur.config import load_experiment, rule_specs, to_json_values
from beyond_blur.storage import artifacts
from untrained_networks import EXPERIMENT, FLOW, explore


def error_of(capsys, *arguments):
    with pytest.raises(SystemExit):
        cli.main(list(map(str, arguments)))
    error = capsys.readouterr().err
    assert error.count("\n") == 1, error
    return error


def explored(folder, weights, prior, job):
    return ["explore", "--weights", folder / f"{weights}.safetensors", "--prior", prior, "--save",
            folder / "refused.safetensors", "--spec", rule_specs.to_json(job)]  # fmt: skip


def terminal(path, **changes):
    """Terminal states of the flow, of a run with other settings."""
    made = load_experiment({"preset": "tiny", "levels": changes})
    states = {"terminal": np.zeros((20, 1, 8, 8), np.float32), "index": np.arange(20)}
    spec = to_json_values(rule_specs.terminal_spec(made, FLOW))
    artifacts.save(path, states, kind="terminal", spec=spec,
                   traits={"process": FLOW, "split": "train"})  # fmt: skip
    return path


def test_an_exploration_of_the_workflow_takes_the_networks_own_process_only(folder, capsys):
    job = rule_specs.sampling_spec(EXPERIMENT, "heat_dissipation")
    said = error_of(capsys, *explored(folder, "ddpm", folder / "images.safetensors", job))
    assert "ddpm.safetensors was trained for ddpm, this job is heat_dissipation" in said
    assert not (folder / "refused.safetensors").exists()


def test_an_exploration_of_the_workflow_starts_from_the_jobs_prior(folder, capsys):
    job = rule_specs.sampling_spec(EXPERIMENT, "heat_dissipation", "train")
    images = folder / "images.safetensors"
    said = error_of(capsys, *explored(folder, "heat_dissipation", images, job))
    assert "images.safetensors is of the split held_out, this job is of train" in said


@pytest.mark.parametrize(("key", "value"), [("sigma_max", 8.0), ("n_levels", 5)])
@pytest.mark.parametrize("verb", ["explore", "sample"])
def test_states_of_other_levels_are_refused_by_hand_too(folder, tmp_path, capsys, verb, key, value):
    path = terminal(tmp_path / "other.safetensors", **{key: value})
    weights = folder / f"{FLOW}.safetensors"
    if verb == "explore":
        options = ["--save", tmp_path / "out"]
    else:
        job = rule_specs.sampling_spec(EXPERIMENT, FLOW)
        options = ["--spec", rule_specs.to_json(job), "--seed", 0, "--out", tmp_path / "out"]
    said = error_of(capsys, verb, "--weights", weights, "--prior", path, *options)
    assert f"other.safetensors is stale: it was made with levels.{key} = {value}, this run" in said
    assert not (tmp_path / "out").exists()


def test_what_was_explored_says_whose_it_is(folder):
    _, manifest = explore(folder, FLOW, "terminal.safetensors", "--n", 2, "--seed", 7)
    assert manifest["traits"] == {"process": FLOW, "seed": 7}
    assert set(manifest["inputs"]) == {"weights", "prior"}
