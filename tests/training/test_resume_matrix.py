"""Whatever is changed before a run goes on: where it starts, what it says, what stays on disk."""

import shutil
from dataclasses import replace
from unittest.mock import patch

import pytest

from beyond_blur.training import loop
from beyond_blur.training.identity import identify
from beyond_blur.training.run import train_to_end
from small_runs import job_of

DONE = 6
"""Steps of the run that is there."""

CONTINUED = [
    ({"iterations": 8}, f"resuming at step {DONE}"),
    (
        {"iterations": DONE},
        f"resuming at step {DONE}, where the run ends: nothing is left to train",
    ),
    ({"iterations": 8, "learning_rate_changes": [[DONE, 1e-5]]}, f"resuming at step {DONE}"),
    ({"iterations": 8, "watch_every": 1}, f"resuming at step {DONE}"),
    ({"iterations": 8, "checkpoint_every": 1, "max_skipped": 3}, f"resuming at step {DONE}"),
    (
        {"iterations": 8, "deterministic": True},
        "training.deterministic is True here, False in the state: no more than rounding changes",
    ),
    (
        {"iterations": 8, "device": "cpu"},
        "training.device is cpu here, auto in the state: no more than rounding changes",
    ),
]
"""Settings of a run that goes on from its state, and what is said of them."""

ANEW = [
    ({"learning_rate": 0.1}, "training.learning_rate is 0.1 here, 0.001 in the state"),
    (
        {"learning_rate_changes": [[2, 0.1]]},
        "training.learning_rate_changes is [[2, 0.1]] here, [] in the state",
    ),
    ({"precision": "bfloat16"}, "training.precision is bfloat16 here, float32 in the state"),
    ({"batch_size": 4}, "training.batch_size is 4 here, 8 in the state"),
    ({"seeds": (1,)}, "training.seeds is [1] here, [0] in the state"),
]
"""Settings that make it another run, and how they are named."""


def go(job, shards, folder, pairs="pairs"):
    """Train; the steps that were made."""
    held_out = [shards / "held_out"]
    with patch.object(loop, "update", wraps=loop.update) as update:
        run = train_to_end(job, [shards / pairs], held_out, folder / "state.pt")
    assert run.finished
    return update.call_count


def states(folder):
    """The content of every state in a folder, with its name."""
    return {path.read_bytes(): path.name for path in folder.glob("*.pt")}


@pytest.fixture(scope="module")
def finished(shards, tmp_path_factory):
    folder = tmp_path_factory.mktemp("finished")
    assert go(job_of(iterations=DONE), shards, folder) == DONE
    return folder


@pytest.fixture
def again(finished, tmp_path, capsys):
    """A copy of the finished run, and its state."""
    shutil.copy(finished / "state.pt", tmp_path)
    capsys.readouterr()
    return tmp_path, (tmp_path / "state.pt").read_bytes()


@pytest.mark.parametrize(("changes", "said"), CONTINUED, ids=lambda value: str(value)[:40])
def test_a_change_that_leaves_the_mathematics_alone_goes_on(changes, said, shards, again, capsys):
    folder, before = again
    job = job_of(**changes)
    assert go(job, shards, folder) == job.training.iterations - DONE
    out = capsys.readouterr().out
    assert f"{said}\n" in out and "afresh" not in out
    assert [*states(folder).values()] == ["state.pt"]
    assert (before in states(folder)) == (job.training.iterations == DONE)


@pytest.mark.parametrize(("changes", "said"), ANEW, ids=lambda value: str(value)[:40])
def test_another_run_starts_at_step_0_beside_the_state_that_was_there(
    changes, said, shards, again, capsys
):
    folder, before = again
    assert go(job_of(iterations=2, **changes), shards, folder) == 2
    out = capsys.readouterr().out
    assert f"{folder}/state.pt is at step {DONE} of another run ({said}): kept as " in out
    assert states(folder)[before] == f"state.at-{DONE}.pt"


def test_another_network_or_other_data_are_another_run(shards, again, capsys):
    folder, before = again
    job = job_of(iterations=2)
    wider = replace(job, network=replace(job.network, channels=2 * job.network.channels))
    go(wider, shards, folder)
    assert "(network.channels is 16 here, 8 in the state)" in capsys.readouterr().out
    assert states(folder)[before] == f"state.at-{DONE}.pt"
    go(replace(job, training=replace(job.training, pairs="streamed")), shards, folder, "train")
    assert "the training data" in capsys.readouterr().out
    assert {*states(folder).values()} == {f"state.at-{DONE}.pt", "state.at-2.pt", "state.pt"}
    assert go(job_of(iterations=DONE), shards, folder) == 0, "put right, nothing is lost"
    assert states(folder)[before] == "state.pt"


def test_fewer_iterations_than_are_done_train_nothing_and_leave_the_state(shards, again, capsys):
    folder, before = again
    for iterations in (4, 1):
        assert go(job_of(iterations=iterations), shards, folder) == 0
        assert f"done already: {folder}/state.pt is at step {DONE} and " in capsys.readouterr().out
        assert states(folder) == {before: "state.pt"}
    (folder / "state.pt").rename(folder / f"state.at-{DONE}.pt")
    assert go(job_of(iterations=4), shards, folder) == 4, "as the message says"
    assert states(folder)[before] == f"state.at-{DONE}.pt"
    assert go(job_of(iterations=8), shards, folder) == 2, "from the state of the most steps"


def test_what_rounding_depends_on_is_recorded_where_steps_were_made(shards, again):
    folder, _ = again
    same = job_of(iterations=DONE, device="cpu")
    run = train_to_end(same, [shards / "pairs"], [], folder / "state.pt")
    assert run.identity["changes"] == []
    longer = replace(same, training=replace(same.training, iterations=DONE + 1))
    recorded = [f"step {DONE}: training.device is cpu here, auto in the state"]
    for _ in range(2):
        run = train_to_end(longer, [shards / "pairs"], [], folder / "state.pt")
        assert run.identity["changes"] == recorded
    assert identify(longer, "")["changes"] == []
