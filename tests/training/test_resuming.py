"""A run goes on from a state of its own; any other is kept aside, with a line that says why."""

import pytest

from beyond_blur.training import loop, state_file
from beyond_blur.training.history import History
from beyond_blur.training.identity import identify
from beyond_blur.training.resuming import content, find_start
from small_runs import PROCESS, SPEC, job_of, start

OURS = identify(job_of(), "data")


@pytest.fixture(scope="module")
def run():
    """A run of six steps, on the pairs of `conftest.source`."""
    import torch

    x = torch.rand(10, 1, 8, 8)
    run = start()
    loop.train(run, PROCESS, {"x_k": x * 0.9, "x_previous": x, "k": torch.arange(10) % 5 + 1}, SPEC)
    return run


def write(run, path, step=6, **changes):
    """Write the run's state as if it were at another step, or of another run."""
    held = content(run.state_dict(), History(5).state(), {**OURS, **changes})
    held["counts"] = [step, 0, 0]
    state_file.write(held, path)


def begin(path, iterations=6):
    before = sorted(path.parent.iterdir())
    found = find_start(path, OURS, iterations)
    assert sorted(path.parent.iterdir()) == before, "asking changes no file"
    return found.step, found.settle(iterations), {one.name for one in path.parent.iterdir()}


def test_a_run_without_a_state_starts_at_step_0(tmp_path):
    assert begin(tmp_path / "state.pt") == (0, ["starting at step 0"], set())


@pytest.mark.parametrize(
    ("iterations", "said"),
    [
        (7, "resuming at step 6"),
        (6, "resuming at step 6, where the run ends: nothing is left to train"),
    ],
)
def test_a_run_goes_on_from_its_state(run, tmp_path, iterations, said):
    write(run, tmp_path / "state.pt")
    assert begin(tmp_path / "state.pt", iterations) == (6, [said], {"state.pt"})


def test_a_state_of_another_run_is_kept_and_what_differs_is_said(run, tmp_path):
    path = tmp_path / "state.pt"
    write(run, path, torch="2.0", data="other")
    step, lines, files = begin(path)
    assert (step, files) == (0, {"state.at-6.pt"})
    assert lines == [
        f"{path} is at step 6 of another run (the training data; torch is {OURS['torch']} here, "
        "2.0 in the state): kept as state.at-6.pt, starting afresh"
    ]


def test_a_state_past_the_last_iteration_is_done_already_and_stays(run, tmp_path):
    path = tmp_path / "state.pt"
    write(run, path)
    step, lines, files = begin(path, 4)
    assert (step, files) == (6, {"state.pt"})
    assert lines == [
        f"done already: {path} is at step 6 and training.iterations = 4, so the weights are those "
        "of 6 steps; to train fewer from the start, rename it state.at-6.pt"
    ]


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (
            lambda path: path.write_bytes(b""),
            "is truncated, damaged or no training state (EOFError)",
        ),
        (lambda path: state_file.write({"a": 1}, path), "holds other things than a training state"),
    ],
)
def test_a_damaged_state_is_kept_and_the_run_starts_afresh(tmp_path, damage, said):
    path = tmp_path / "state.pt"
    damage(path)
    step, lines, files = begin(path)
    assert (step, files) == (0, {"state.damaged.pt"})
    assert lines == [f"{path} {said}: kept as state.damaged.pt, starting afresh"]


def test_a_longer_run_of_old_is_found_again(run, tmp_path):
    """A state that was renamed to train fewer steps from the start."""
    path = tmp_path / "state.pt"
    write(run, tmp_path / "state.at-100.pt", 100)
    assert begin(path, 10)[1] == ["starting at step 0"]
    write(run, path, 10)
    step, lines, files = begin(path, 100)
    assert step == 100 and files == {"state.pt", "state.at-10.pt"}
    assert lines == [
        f"{path} is at step 10 of this run: kept as state.at-10.pt",
        "state.at-100.pt is of this run: it is state.pt again",
        "resuming at step 100, where the run ends: nothing is left to train",
    ]


@pytest.mark.parametrize(("kept", "change"), [(5, {}), (200, {}), (50, {"data": "other"})])
def test_a_kept_state_of_fewer_or_too_many_steps_or_of_another_run_stays(
    run, tmp_path, kept, change
):
    write(run, tmp_path / "state.pt", 10)
    write(run, tmp_path / f"state.at-{kept}.pt", kept, **change)
    step, lines, files = begin(tmp_path / "state.pt", 100)
    assert (step, lines) == (10, ["resuming at step 10"])
    assert files == {"state.pt", f"state.at-{kept}.pt"}


def test_a_damaged_state_gives_way_to_one_that_was_kept(run, tmp_path):
    path = tmp_path / "state.pt"
    path.write_bytes(b"hello")
    write(run, tmp_path / "state.at-50.pt", 50)
    step, lines, files = begin(path, 100)
    assert (step, files) == (50, {"state.pt", "state.damaged.pt"})
    assert lines[0].endswith("(KeyError): kept as state.damaged.pt")
    assert lines[1:] == ["state.at-50.pt is of this run: it is state.pt again",
                         "resuming at step 50"]  # fmt: skip
