"""A saved state is taken over by the run it belongs to, and by no other."""

from dataclasses import replace

import pytest
import torch

from beyond_blur.config import load_experiment
from beyond_blur.config.process_options import PROCESS_SPECS
from beyond_blur.config.rule_specs import lasting, training_spec
from beyond_blur.storage import code
from beyond_blur.training import loop
from beyond_blur.training.history import History
from beyond_blur.training.resuming import (
    code_roots,
    identify,
    resume,
    save_state,
)
from small_runs import PROCESS, SPEC, job_of, start


@pytest.mark.parametrize("change", [
    {"iterations": 7}, {"checkpoint_every": 1}, {"watch_every": 0}, {"devices": 2},
    {"tensorboard": True}, {"gradient_checkpointing": True},
])  # fmt: skip
def test_a_state_outlives_changes_that_no_step_depends_on(change):
    assert identify(job_of(**change), "") == identify(job_of(), "")
    assert (lasting(job_of(**change)) == lasting(job_of())) == ("iterations" not in change)


@pytest.mark.parametrize("change", [
    {"precision": "bfloat16"}, {"batch_size": 4}, {"seed": 1}, {"pairs": "streamed"},
    {"compile": True}, {"learning_rate": 0.1},
])  # fmt: skip
def test_a_state_does_not_outlive_other_changes(change):
    assert identify(job_of(**change), "") != identify(job_of(), "")
    assert identify(job_of(), "other data") != identify(job_of(), "")


def test_a_state_does_not_outlive_an_edit_of_a_process_of_the_users_own(tmp_path):
    file = tmp_path / "own.py"
    own = {"kind": "own", "file": str(file), "class_name": "Pixelation"}
    seen = []
    for text in ("first = 1", "second = 2"):
        file.write_text(text)
        made = load_experiment({"preset": "tiny", "processes": [own]})
        seen.append(identify(training_spec(made, "own"), ""))
    assert seen[0] != seen[1]


def test_the_sampler_noise_of_the_grids_changes_no_state_and_no_weights():
    job = job_of(sampling={"delta": 0.3})
    assert job.delta == 0.3 != job_of().delta
    assert identify(job, "") == identify(job_of(), "")
    assert lasting(job) == lasting(job_of())


@pytest.mark.parametrize("kind", PROCESS_SPECS)
def test_code_that_is_named_is_there(kind):
    options = PROCESS_SPECS[kind](
        **({"file": __file__, "class_name": "A"} if kind == "own" else {})
    )
    assert len(code.checksum(*code_roots(replace(job_of(pairs="streamed"), process=options)))) == 64


def test_solvers_are_code_of_streamed_pairs_only():
    streamed, cached = (
        code.modules_reached(*code_roots(job_of(pairs=pairs))) for pairs in ("streamed", "cached")
    )
    made_by = {"lbm.cpu.step", "lbm.reference", "training.streamed_pairs"}
    assert {f"beyond_blur.{name}" for name in made_by} <= streamed - cached


@pytest.mark.parametrize(
    ("kind", "own"),
    [("ddpm", set()), ("heat_dissipation", {"beyond_blur.lbm.levels"})],
)
def test_an_edit_of_the_solver_trains_no_process_without_a_flow_again(kind, own):
    """IHDM reads its blur widths, and nothing else, from where the solver does."""
    reached = code.modules_reached(code.verb_root("train"), PROCESS_SPECS[kind].implementation)
    assert {name for name in reached if rooms_of([name]) & {"lbm", "corruption"}} == own


def rooms_of(modules):
    return {module.split(".")[1] for module in modules}


def saved(source, path, identity="this run"):
    run = start()
    loop.train(run, PROCESS, source, SPEC)
    save_state(run, History(5), path, identity)
    return run


@pytest.mark.parametrize(
    ("identity", "iterations", "said"),
    [
        ("this run", 7, "resuming at step 6"),
        ("this run", 6, "resuming at step 6, where the run ends: nothing is left to train"),
        ("another run", 7, " was made with other settings, data or code: starting afresh"),
        ("this run", 5, " is at step 6, past training.iterations = 5: starting afresh"),
    ],
)
def test_what_becomes_of_a_state_is_said(source, tmp_path, identity, iterations, said):
    path = tmp_path / "state.pt"
    saved(source, path)
    run = start()
    line = resume(run, History(5), path, identity, iterations)
    afresh = said.endswith("afresh")
    assert line == (f"{path}{said}" if afresh else said)
    assert run.step == (0 if afresh else 6)


def test_a_state_that_cannot_be_read_or_is_not_there_starts_a_run_afresh(tmp_path):
    path = tmp_path / "state.pt"
    assert resume(start(), History(5), path, "", 6) == "starting at step 0"
    for content in (b"hello", b""):
        path.write_bytes(content)
        line = resume(start(), History(5), path, "", 6)
        assert line.startswith(f"{path} cannot be read (") and line.endswith("starting afresh")
    torch.save({"other": 1}, path)
    assert resume(start(), History(5), path, "", 6).startswith(f"{path} cannot be read (KeyError)")
