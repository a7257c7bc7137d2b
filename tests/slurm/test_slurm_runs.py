"""What a real SLURM runs is what this machine makes by itself: whole, in pieces, on two nodes."""

import subprocess
import time

import pytest
import workflow_runs
from safetensors.numpy import load_file

pytestmark = [pytest.mark.slurm, pytest.mark.slow]

WEIGHTS = "results/checkpoints/tiny/ddpm/weights.safetensors"
DDPM = {"processes": [{"kind": "ddpm", "n_steps": 40}]}


def finished(process):
    """What Snakemake said of a run that has ended well."""
    said = process.communicate(timeout=900)[1]
    assert process.returncode == 0, said
    return said


def at_home(repository, folder, *targets, config=None):
    """The same run without a cluster."""
    done = workflow_runs.snakemake(repository, folder, *targets, config=config)
    assert done.returncode == 0, done.stderr
    return folder


def test_the_table_of_a_cluster_is_that_of_this_machine(run, repository, tmp_path):
    target = "results/table1.csv"
    said = finished(run("slurm", target))
    assert said.count("has been submitted with SLURM jobid") > 20
    assert "rule table" not in said.split("localrule table")[0].split("Job stats")[-1]
    local = at_home(repository, tmp_path / "local", target)
    for name in ("table1.csv", "table1.md", "table1.txt"):
        made = (tmp_path / "run/results" / name).read_bytes()
        assert made == (local / "results" / name).read_bytes()


def test_a_training_longer_than_its_time_limit_ends_with_the_weights_of_an_unbroken_one(
    run, repository, tmp_path
):
    """SLURM counts limits in minutes and ends jobs late; the notice comes 30 to 90 s before."""
    training = {"iterations": 12_000, "checkpoint_every": 1_000_000, "watch_every": 0}
    limited = {"train": {"runtime": 2, "slurm_extra": "'--signal=TERM@30 --requeue'"}}
    said = finished(
        run("slurm", WEIGHTS, config={**DDPM, "training": training}, retries=0,
            **{"set-resources": limited})
    )  # fmt: skip
    assert said.count("Rule: train") == 1 and "Error" not in said
    (log,) = (tmp_path / "run/.snakemake").rglob("slurm_logs/rule_train/*/*.log")
    assert (
        "is queued again (1) and goes on from here"
        in log.read_text() + (tmp_path / "run/results/logs/train/tiny/ddpm.log").read_text()
    )
    local = at_home(repository, tmp_path / "local", WEIGHTS,
                    config={**DDPM, "training": training})  # fmt: skip
    assert (tmp_path / "run" / WEIGHTS).read_bytes() == (local / WEIGHTS).read_bytes()


def test_a_training_that_a_user_cancels_stays_cancelled(run, tmp_path):
    training = {"iterations": 200_000, "watch_every": 0}
    process = run("slurm", WEIGHTS, config={**DDPM, "training": training}, retries=0)
    log = tmp_path / "run/results/logs/train/tiny/ddpm.log"
    deadline = time.monotonic() + 200
    while not (log.exists() and "training ddpm" in log.read_text()):
        assert time.monotonic() < deadline
        time.sleep(1)
    listed = subprocess.run(
        ["squeue", "--noheader", "--format=%i %k"], capture_output=True, text=True
    )
    (job,) = [line.split()[0] for line in listed.stdout.splitlines() if "rule_train" in line]
    subprocess.run(["scancel", job], check=True)
    said = process.communicate(timeout=200)[1]
    assert process.returncode != 0 and "rule train failed" in said
    time.sleep(5)
    left = subprocess.run(["squeue", "--noheader", "--job", job], capture_output=True, text=True)
    assert job not in left.stdout, "a cancelled job is not queued again"


def test_a_training_on_two_nodes_is_that_of_two_processes_here(run, repository, tmp_path):
    training = {"iterations": 6, "device": "cpu"}
    two = {**DDPM, "device": "cpu", "training": {**training, "nodes": 2}}
    finished(run("slurm", WEIGHTS, config=two, retries=0))
    assert "2 processes" in (tmp_path / "run/results/logs/train/tiny/ddpm.log").read_text()
    here = {**DDPM, "device": "cpu", "training": {**training, "devices": 2}}
    local = at_home(repository, tmp_path / "local", WEIGHTS, config=here)
    made, wanted = load_file(tmp_path / "run" / WEIGHTS), load_file(local / WEIGHTS)
    assert made.keys() == wanted.keys()
    assert all((made[name] == wanted[name]).all() for name in wanted)
