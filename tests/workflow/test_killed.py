"""Runs that are stopped go on where they stopped, and end with the same result."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from workflow_runs import environment, planned, snakemake

MANY = {"sampling": {"n_samples": 1600, "seeds": [0], "batch_size": 8}}


def started(command, repository):
    """A run in a session of its own, so that a signal reaches all that it starts."""
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, env=environment(repository), stdout=quiet, stderr=quiet,
                            start_new_session=True)  # fmt: skip


@pytest.mark.slow
def test_a_training_that_a_cluster_stops_says_so_and_goes_on(repository, tmp_path):
    """SIGTERM comes to every process of the job: Snakemake, the shell, the run and its log."""
    target = "results/checkpoints/tiny/advection_diffusion-pe0/weights.safetensors"
    command = [sys.executable, "-m", "snakemake", target, "-s", repository / "Snakefile", "--cores",
               "2", "--directory", tmp_path, "--configfile", tmp_path / "config.yaml"]  # fmt: skip
    settings = {"preset": "tiny", "training": {"iterations": 1_000_000, "watch_every": 0}}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(settings))
    run = started(command, repository)
    state = tmp_path / Path(target).parent / "state.pt"
    deadline = time.monotonic() + 120
    while not state.exists():
        assert run.poll() is None and time.monotonic() < deadline
        time.sleep(0.1)
    os.killpg(run.pid, signal.SIGTERM)
    assert run.wait(60) != 0
    log = tmp_path / "results/logs/train/tiny/advection_diffusion-pe0.log"
    stopped = re.findall(r"stopped at step ([\d,]+); the same command goes on", log.read_text())
    assert len(stopped) == 1, log.read_text()
    settings["training"]["iterations"] = int(stopped[0].replace(",", "")) + 2
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(settings))
    done = subprocess.run(command, env=environment(repository), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert f"resuming at step {stopped[0]}\n" in log.read_text()


@pytest.mark.slow
def test_killed_sampling_goes_on_and_ends_with_the_same_samples(repository, finished, tmp_path):
    """SIGKILL to snakemake and all it started, in the middle of the rule sample."""
    name = "samples/tiny/advection_diffusion-pe0.1/train/seed-0"
    target, folders = f"results/{name}.safetensors", [tmp_path / "whole", tmp_path / "killed"]
    for folder in folders:
        shutil.copytree(finished, folder, copy_function=shutil.copy2)
    assert planned(repository, folders[0], "--", target, config=MANY) == {"sample": 1}
    done = snakemake(repository, folders[0], target, config=MANY)
    assert done.returncode == 0, done.stderr

    command = [sys.executable, "-m", "snakemake", "-s", repository / "Snakefile", "--directory",
               folders[1], "--configfile", Path(f"{folders[1]}-config.yaml"),
               "--cores", "2", target]  # fmt: skip
    run = started(command, repository)
    parts, deadline = folders[1] / f"results/{name}.parts", time.monotonic() + 120
    while len(list(parts.glob("[!.]*"))) < 3:
        assert run.poll() is None and time.monotonic() < deadline
        time.sleep(0.005)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    kept = len(list(parts.glob("[!.]*")))
    assert 3 <= kept < 200

    assert snakemake(repository, folders[1], "--unlock", config=MANY).returncode == 0
    done = snakemake(repository, folders[1], "--rerun-incomplete", target, config=MANY)
    assert done.returncode == 0, done.stderr
    log = (folders[1] / f"results/logs/{name.replace('samples', 'sample', 1)}.log").read_text()
    assert f"{kept} of 200 batches are drawn already" in log
    whole, killed = (folder / target for folder in folders)
    assert killed.read_bytes() == whole.read_bytes()
    assert not parts.exists()
