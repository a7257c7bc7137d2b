"""A run that is killed at any boundary goes on, and ends with the files of one that was not."""

import os
import re
import signal

import pytest

from beyond_blur import cli
from beyond_blur.config.rule_specs import to_json
from beyond_blur.storage import temporaries
from beyond_blur.training import monitor, run, state_file
from small_runs import job_of

pytestmark = pytest.mark.thorough

JOB = job_of(iterations=6, checkpoint_every=2, watch_every=2)
RESULTS = ("weights.safetensors", "history.jsonl", "history.manifest.json", "watch/step-6.png")


def train(shards, folder):
    cli.main(["train", "--spec", to_json(JOB), "--source", str(shards / "pairs"),
              "--held-out", str(shards / "held_out"), "--state", str(folder / "state.pt"),
              "--history", str(folder / "history.jsonl"),
              "--out", str(folder / "weights.safetensors")])  # fmt: skip


def killed(shards, folder, patch):
    """Train in a process of its own that ends as by SIGKILL, where ``patch`` has it end."""
    child = os.fork()
    if child == 0:
        try:
            patch()
            train(shards, folder)
        finally:
            os._exit(0)
    return os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL


def kill(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)


def before_the_call(owner, name, number=1):
    """Kill the process as it makes a call for the ``number``-th time."""

    def patch():
        plain, calls = getattr(owner, name), []

        def counted(*arguments, **named):
            calls.append(name)
            return kill() if len(calls) == number else plain(*arguments, **named)

        setattr(owner, name, counted)

    return patch


def after_the_call(owner, name, number=1):
    """Kill the process as a call ends for the ``number``-th time."""

    def patch():
        plain, calls = getattr(owner, name), []

        def counted(*arguments, **named):
            result = plain(*arguments, **named)
            calls.append(name)
            return kill() if len(calls) == number else result

        setattr(owner, name, counted)

    return patch


def between_write_and_rename():
    """Kill the process when the second state is written and has not its name yet."""
    from beyond_blur.storage import atomic

    plain, states = atomic.flush, []

    def flush(path):
        plain(path)
        if path.name == "state.pt":
            states.append(path)
        if len(states) == 2:
            kill()

    atomic.flush = flush


BOUNDARIES = {
    "before the first state": (before_the_call(state_file, "write"), "starting at step 0"),
    "between write and rename": (between_write_and_rename, "resuming at step 2\n"),
    "after the rename": (after_the_call(state_file, "write", 2), "resuming at step 4\n"),
    "during a sample grid": (before_the_call(monitor, "write_png", 2), "resuming at step [24]\n"),
    "at the last step, before the weights": (
        after_the_call(state_file, "write", 3),
        "resuming at step 6, where the run ends: nothing is left to train\n",
    ),
    "when all is trained, before anything is said": (
        before_the_call(run.History, "to_text"),
        "resuming at step 6, where the run ends: nothing is left to train\n",
    ),
}


@pytest.fixture(scope="module")
def whole(shards, tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    train(shards, folder)
    return folder


@pytest.mark.parametrize("where", BOUNDARIES)
def test_a_run_killed_at_a_boundary_ends_with_the_same_files(where, whole, shards, tmp_path, capfd):
    patch, said = BOUNDARIES[where]
    assert killed(shards, tmp_path, patch)
    assert not (tmp_path / "weights.safetensors").exists()
    capfd.readouterr()
    train(shards, tmp_path)
    assert re.search(said, capfd.readouterr().out)
    for name in RESULTS:
        assert (tmp_path / name).read_bytes() == (whole / name).read_bytes(), name
    assert temporaries.left_in(tmp_path) == [] and not list(tmp_path.glob("*.at-*"))
