"""A run from its files to its weights: continued, shared, watched, it writes the same."""

import shutil
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch

from beyond_blur import cli
from beyond_blur.config.rule_specs import to_json
from beyond_blur.network import compiling
from beyond_blur.storage.artifacts import read_manifest
from beyond_blur.storage.atomic import ArtifactError
from beyond_blur.training import distributed
from beyond_blur.training.run import train_to_end
from small_runs import job_of


@pytest.fixture(scope="module")
def trained(shards, tmp_path_factory):
    """A watched run of the command line, on streamed pairs, first half and then the whole."""
    folder = tmp_path_factory.mktemp("run")
    for iterations in (4, 8):
        train(shards, folder / "halves", iterations)
    train(shards, folder / "whole", 8)
    return folder


def train(shards, out, iterations, **changes):
    job = job_of(**{"iterations": iterations, "pairs": "streamed", "watch_every": 2, **changes})
    out.mkdir(exist_ok=True)
    cli.main(["train", "--spec", to_json(job), "--source", str(shards / "train"),
              "--held-out", str(shards / "held_out"), "--state", str(out / "state.pt"),
              "--history", str(out / "history.jsonl"), "--out", str(out / "weights.safetensors"),
              ])  # fmt: skip


def test_a_run_that_is_continued_on_streamed_pairs_equals_a_longer_one(trained):
    for name in ("weights.safetensors", "history.jsonl", "watch/step-8.png"):
        assert (trained / "halves" / name).read_bytes() == (trained / "whole" / name).read_bytes()


def test_a_finished_run_that_is_told_to_be_watched_otherwise_is_not_trained_again(
    shards, trained, tmp_path, capsys
):
    shutil.copytree(trained / "whole", tmp_path / "again")
    (tmp_path / "again/weights.safetensors").unlink()
    state = (tmp_path / "again/state.pt").stat().st_mtime_ns
    capsys.readouterr()
    train(shards, tmp_path / "again", 8, watch_every=1, checkpoint_every=1, max_skipped=3,
          gradient_checkpointing=True)  # fmt: skip
    assert "nothing is left to train" in capsys.readouterr().out
    assert (tmp_path / "again/state.pt").stat().st_mtime_ns == state
    for name in ("weights.safetensors", "history.jsonl"):
        assert (tmp_path / "again" / name).read_bytes() == (trained / "whole" / name).read_bytes()


def test_a_run_asked_for_fewer_steps_than_are_done_leaves_its_files_as_they_are(
    shards, trained, tmp_path, capsys
):
    """Also what says of how many steps they are: nobody takes them for those of fewer."""
    shutil.copytree(trained / "whole", tmp_path / "fewer")
    (tmp_path / "fewer/weights.safetensors").unlink()
    train(shards, tmp_path / "fewer", 4)
    assert "done already: " in capsys.readouterr().out
    for path in (trained / "whole").rglob("*.*"):
        assert (tmp_path / "fewer" / path.relative_to(trained / "whole")).read_bytes() == (
            path.read_bytes()
        )


def test_a_process_that_does_not_lead_says_nothing_and_writes_nothing(
    shards, tmp_path, monkeypatch, capsys
):
    @contextmanager
    def join(device):
        yield distributed.Group(device, rank=1, size=1)

    monkeypatch.setattr(distributed, "join", join)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    train(shards, tmp_path / "other", 2)
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "")
    assert not list((tmp_path / "other").iterdir())


def test_grids_and_held_out_losses_are_kept(trained):
    import pandas as pd

    names = {path.name for path in (trained / "whole/watch").iterdir()}
    assert names == {f"step-{step}.png" for step in (2, 4, 6, 8)}
    history = pd.read_json(trained / "whole/history.jsonl", lines=True)
    assert history["held_out_loss"].notna().tolist() == [False, True] * 4


def test_a_run_is_told_to_stop_and_goes_on(shards, tmp_path, capsys):
    job = job_of(iterations=5, watch_every=0)
    run = train_to_end(job, [shards / "pairs"], [], tmp_path / "state.pt", stop=lambda: True)
    assert (run.state.step, run.finished) == (1, False)
    run = train_to_end(job, [shards / "pairs"], [], tmp_path / "state.pt")
    assert (run.state.step, run.finished, run.image_channels) == (5, True, 1)
    said = capsys.readouterr().out
    assert "starting at step 0" in said and "resuming at step 1" in said
    whole = train_to_end(job, [shards / "pairs"], [], tmp_path / "whole.pt")
    for name, expected in whole.state.average.items():
        assert torch.equal(run.state.average[name], expected)


def test_shards_that_are_not_there_are_one_line(tmp_path):
    with pytest.raises(ArtifactError, match=r"^nowhere does not exist$"):
        train_to_end(job_of(), [Path("nowhere")], [], tmp_path / "state.pt")


def test_weights_say_what_was_left_to_the_machine(trained):
    training = read_manifest(trained / "whole/weights.safetensors")["spec"]["training"]
    assert (training["compile"], training["precision"]) == (False, "float32")


def test_auto_means_the_same_when_a_run_goes_on(shards, tmp_path, monkeypatch):
    """It is decided by the length of the whole run, not by what is left of it."""
    asked = []
    monkeypatch.setattr(
        compiling, "resolve", lambda wanted, device, calls, _: bool(asked.append((wanted, calls)))
    )
    train(shards, tmp_path, 2, checkpoint_every=1, watch_every=0)
    train(shards, tmp_path, 2, checkpoint_every=1, watch_every=0)  # finished by now
    assert ("auto", 2) in asked  # the loop asks again, with what it came to
    assert {calls for _, calls in asked} == {2}
