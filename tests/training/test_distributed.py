"""A run shared by two processes is the run of one, but for rounding."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from beyond_blur.config import Network, Training, rule_specs
from beyond_blur.network.unet import UNet
from beyond_blur.processes import AdvectionDiffusion
from beyond_blur.storage import artifacts
from beyond_blur.training import distributed, loop
from beyond_blur.training.state import new_state
from small_runs import job_of

SPEC = Training(iterations=8, batch_size=5, learning_rate=1e-3, warmup=3, ema=0.9,
                precision="float32", checkpoint_every=3)  # fmt: skip
NET = Network(8, (1, 2), 1, (1,), 0.2)
PROCESS = AdvectionDiffusion(n_steps=5)
STOP_AT = 6
LATE = 2
"""Steps that a shared run does after one of its processes was told to stop: the one of which the
others hear it, and the one that was begun before they heard."""


def source():
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(11, 1, 8, 8, generator=generator)
    return {"x_k": x * 0.9, "x_previous": x, "k": torch.arange(11) % 5 + 1}


def run_alone(group=None):
    """A run that only the last process of the group asks to stop; its weights and reports."""
    group = group or distributed.Group()
    state = new_state(lambda: UNet(NET, 1), SPEC, "cpu", group)
    reports, kept = [], []
    told_at = STOP_AT if group.size == 1 else STOP_AT - LATE
    finished = loop.train(
        state, PROCESS, source(), SPEC, report=reports.append, keep=lambda s: kept.append(s.step),
        stop=lambda: group.rank == group.size - 1 and state.step == told_at,
    )  # fmt: skip
    assert not finished
    return {
        "weights": state.model.state_dict(), "average": state.average, "kept": kept,
        "steps": state.step, "losses": [r.loss for r in reports],
        "norms": [r.gradient_norm for r in reports], "k": [r.k for r in reports],
        "rows": [r.loss_per_row for r in reports],
    }  # fmt: skip


def worker(rank, port, folder):
    os.environ |= {"RANK": str(rank), "WORLD_SIZE": "2", "LOCAL_RANK": str(rank),
                   "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}  # fmt: skip
    with distributed.join("cpu") as group:
        group.check_agreement(4)
        try:
            group.check_agreement(rank)
        except RuntimeError as error:
            refused = str(error)
        torch.save({**run_alone(group), "refused": refused}, f"{folder}/{rank}.pt")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shared")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    torch.multiprocessing.spawn(worker, (port, str(folder)), nprocs=2)
    return [run_alone(), *(torch.load(folder / f"{rank}.pt") for rank in (0, 1))]


@pytest.mark.thorough
def test_two_processes_end_with_the_weights_of_one(runs):
    alone, first, _ = runs
    for kind in ("weights", "average"):
        for name, expected in alone[kind].items():
            torch.testing.assert_close(first[kind][name], expected, rtol=0, atol=1e-5, msg=name)


@pytest.mark.thorough
def test_processes_end_with_equal_weights(runs):
    _, first, second = runs
    for kind in ("weights", "average"):
        assert all(torch.equal(first[kind][name], second[kind][name]) for name in first[kind])


@pytest.mark.thorough
def test_every_process_reports_the_whole_batch(runs):
    alone, *shared = runs
    for run in shared:
        assert [k.tolist() for k in run["k"]] == [k.tolist() for k in alone["k"]]
        torch.testing.assert_close(torch.stack(run["rows"]), torch.stack(alone["rows"]))
        assert run["losses"] == pytest.approx(alone["losses"], rel=1e-5)
        assert run["norms"] == pytest.approx(alone["norms"], rel=1e-4)


@pytest.mark.thorough
def test_one_process_that_must_stop_stops_all_at_one_step(runs):
    assert [run["steps"] for run in runs] == [STOP_AT] * 3
    assert [run["kept"] for run in runs] == [[3, 6]] * 3


@pytest.mark.thorough
def test_processes_that_would_resume_at_different_steps_are_refused(runs):
    assert all("different steps" in run["refused"] for run in runs[1:])


def test_rank_zero_alone_speaks(capsys):
    for rank in (0, 1):
        distributed.Group("cpu", rank, 2).say(f"I am {rank}")
    assert capsys.readouterr().out == "I am 0\n"


@pytest.mark.parametrize(("n_rows", "size"), [(8, 2), (5, 2), (7, 3), (3, 3)])
def test_parts_make_up_the_batch(n_rows, size):
    parts = [distributed.Group("cpu", rank, size).part(n_rows) for rank in range(size)]
    assert [row for part in parts for row in range(n_rows)[part]] == list(range(n_rows))
    lengths = [part.stop - part.start for part in parts]
    assert max(lengths) - min(lengths) <= 1


def test_more_processes_than_images_are_refused():
    with pytest.raises(ValueError, match=r"training\.batch_size = 3 .* 4 processes"):
        distributed.Group("cpu", 0, 4).part(3)


def test_too_few_cuda_devices_are_said(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(RuntimeError, match=r"finds 1 CUDA devices.*training\.devices"):
        distributed._own_device(1)


ENV = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src"),
       "PYTHONUNBUFFERED": "1"}  # fmt: skip
LAUNCH = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "--no-python",
          sys.executable]  # fmt: skip


def command(folder, shards, iterations):
    spec = rule_specs.to_json(job_of(iterations=iterations, checkpoint_every=5, precision="auto"))
    files = {"--source": shards / "pairs", "--state": folder / "state.pt",
             "--history": folder / "history.jsonl", "--out": folder / "out"}  # fmt: skip
    options = [str(word) for pair in files.items() for word in pair]
    return ["-m", "beyond_blur", "train", "--spec", spec, *options]


@pytest.mark.slow
def test_torchrun_is_told_to_stop_goes_on_and_equals_one_process(shards, tmp_path):
    for name in ("alone", "shared"):
        (tmp_path / name).mkdir()
    done = subprocess.run([sys.executable, *command(tmp_path / "alone", shards, 60)], env=ENV)
    assert done.returncode == 0
    shared = [sys.executable, *LAUNCH, *command(tmp_path / "shared", shards, 60)]
    process = subprocess.Popen(shared, env=ENV, stdout=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not (tmp_path / "shared/state.pt").exists():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate()
    assert process.returncode != 0
    assert output.count("the same command goes on from there") == 1, output
    done = subprocess.run(shared, env=ENV, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("resuming at step") == 1
    ours, expected = (
        artifacts.load(tmp_path / name / "out", "weights").arrays for name in ("shared", "alone")
    )
    for name, values in expected.items():
        np.testing.assert_allclose(ours[name], values, rtol=0, atol=1e-3, err_msg=name)
