"""The verb ``train``: a run that is killed or told to stop goes on to the same files."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from beyond_blur.config.rule_specs import to_json
from beyond_blur.storage import artifacts
from small_runs import job_of, make_shards

ROOT = Path(__file__).parents[2]
ENV = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONUNBUFFERED": "1"}

pytestmark = pytest.mark.workflow


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    return make_shards(tmp_path_factory.mktemp("shards"))


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "beyond_blur", *map(str, arguments)],
        env=ENV, capture_output=True, text=True,
    )  # fmt: skip


def train_command(shards, folder, iterations=40, **training):
    spec = to_json(job_of(iterations=iterations, checkpoint_every=5, **training))
    return ["train", "--spec", spec, "--source", str(shards / "pairs"),
            "--state", str(folder / "state.pt"), "--history", str(folder / "history.jsonl"),
            "--out", str(folder / "weights.safetensors")]  # fmt: skip


def start_and_wait_for_a_state(command, folder):
    process = subprocess.Popen([sys.executable, "-m", "beyond_blur", *command], env=ENV,
                               stdout=subprocess.PIPE, text=True)  # fmt: skip
    deadline = time.monotonic() + 60
    while not (folder / "state.pt").exists():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)
    return process


def test_killed_training_goes_on_and_ends_with_the_same_weights(shards, tmp_path):
    for name in ("whole", "killed", "stopped"):
        (tmp_path / name).mkdir()
    assert run(*train_command(shards, tmp_path / "whole")).returncode == 0

    command = train_command(shards, tmp_path / "killed")
    process = start_and_wait_for_a_state(command, tmp_path / "killed")
    process.kill()
    process.wait()
    assert not (tmp_path / "killed/weights.safetensors").exists()
    done = run(*command)
    assert done.returncode == 0, done.stderr
    assert "resuming at step" in done.stdout

    command = train_command(shards, tmp_path / "stopped")
    for number in (signal.SIGTERM, signal.SIGINT):
        (tmp_path / "stopped/state.pt").unlink(missing_ok=True)
        process = start_and_wait_for_a_state(command, tmp_path / "stopped")
        process.send_signal(number)
        output, _ = process.communicate()
        assert process.returncode == 75, output
        assert "the same command goes on from there" in output
        assert run(*command).returncode == 0
        for kind in ("weights.safetensors", "history.jsonl"):
            whole = (tmp_path / "whole" / kind).read_bytes()
            assert whole == (tmp_path / "killed" / kind).read_bytes()
            assert whole == (tmp_path / "stopped" / kind).read_bytes()
    done = run(*train_command(shards, tmp_path / "killed"))
    assert "nothing is left to train" in done.stdout
    assert (tmp_path / "killed/weights.safetensors").read_bytes() == (
        tmp_path / "whole/weights.safetensors"
    ).read_bytes()


def test_a_state_of_another_run_is_not_taken_over(shards, tmp_path):
    process = start_and_wait_for_a_state(train_command(shards, tmp_path), tmp_path)
    process.kill()
    process.wait()
    done = run(*train_command(shards, tmp_path, iterations=6, seeds=(1,)))
    assert done.returncode == 0, done.stderr
    assert "of another run (training.seeds is [1] here, [0] in the state): kept as" in done.stdout
    (tmp_path / "state.pt").write_bytes(b"hello")
    done = run(*train_command(shards, tmp_path, iterations=6))
    assert done.returncode == 0, done.stderr
    assert ": kept as state.damaged.pt\nstate.at-" in done.stdout, "the first run's was kept"
    lines = (tmp_path / "history.jsonl").read_text().splitlines()
    assert json.loads(lines[-1])["step"] == 6


def test_of_two_runs_on_one_state_the_second_is_told_of_the_first(shards, tmp_path):
    command = train_command(shards, tmp_path)
    process = start_and_wait_for_a_state(train_command(shards, tmp_path, 10**6), tmp_path)
    second = run(*command)
    process.kill()
    process.wait()
    assert second.returncode == 1
    said = f"error: {tmp_path}/state.pt is being written by process {process.pid} on "
    assert said in second.stderr and second.stderr.count("\n") == 1
    assert run(*command).returncode == 0, "a killed process is no obstacle"
    assert not (tmp_path / "state.pt.lock").exists()


WILD = {"iterations": 60, "learning_rate": 5.0, "max_skipped": 5, "warmup": 0, "watch_every": 0}


def test_a_run_that_diverged_goes_on_with_the_rate_that_its_message_names(shards, tmp_path):
    """It says so from the last good state, however often; with the rate lowered it ends."""
    spoken = []
    for _ in range(2):
        done = run(*train_command(shards, tmp_path, **WILD))
        assert done.returncode == 1
        spoken.append(done.stderr)
    assert spoken[0] == spoken[1]
    step = json.loads(re.search(r"append (\[.*\]) to training.learning_rate_changes", spoken[0])[1])
    assert step == [5, 0.5]
    done = run(*train_command(shards, tmp_path, **WILD, learning_rate_changes=[[step[0], 1e-6]]))
    assert done.returncode == 0, done.stderr
    assert f"resuming at step {step[0]}\n" in done.stdout
    spec = artifacts.read_manifest(tmp_path / "weights.safetensors")["spec"]
    assert spec["training"]["learning_rate_changes"] == [[step[0], 1e-6]]


def test_a_trained_network_is_sampled_where_nothing_else_of_its_run_is(shards, tmp_path):
    (tmp_path / "run").mkdir()
    assert run(*train_command(shards, tmp_path / "run", iterations=6)).returncode == 0
    done = run("export", "--weights", tmp_path / "run/weights.safetensors", "--out",
               tmp_path / "exported")  # fmt: skip
    assert done.returncode == 0 and "unet.py" in done.stdout, done.stderr
    pictures, elsewhere = tmp_path / "pictures.npz", tmp_path / "elsewhere"
    images = artifacts.load(shards / "held_out", "images").arrays["images"]
    np.savez(pictures, images=images)
    (tmp_path / "exported").rename(elsewhere)
    shutil.rmtree(tmp_path / "run")
    done = run("sample", "--weights", elsewhere, "--images", pictures, "--n", 4, "--out",
               tmp_path / "drawn")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "4 samples of Beyond Blur, Pe = 0.1 trained for 6 steps" in done.stdout
    assert len(list((tmp_path / "drawn/images").glob("*.png"))) == 4
    moved = dict(artifacts.read_manifest(tmp_path / "drawn/samples.safetensors")["traits"])
    assert moved["process"] == "advection_diffusion-pe0.1" and moved["dataset"] == "tiny"
