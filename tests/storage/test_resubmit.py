"""What a time limit ends is queued again; what a user or a fault ends is not."""

import os
import signal
import subprocess
import sys

import pytest

SCONTROL = """#!/bin/sh
echo "$@" >> "{log}"
case "$1" in
    show) echo "JobId=7 JobState={state} Restarts=2 Requeue=1" ;;
    requeue)
        [ {refused} = 0 ] || echo "requeue is disabled" >&2
        kill -TERM $PPID
        exit {refused} ;;
esac
"""
"""A stand-in for SLURM's command: it ends who asks to be queued again, as SLURM does."""


@pytest.fixture
def begun(tmp_path):
    """Starts a command in a job of a SLURM in this state."""

    def begin(code, state="RUNNING", refused=0, in_a_job=True):
        program = tmp_path / "bin/scontrol"
        program.parent.mkdir(exist_ok=True)
        program.write_text(SCONTROL.format(log=tmp_path / "asked", state=state, refused=refused))
        program.chmod(0o755)
        env = {k: v for k, v in os.environ.items() if k != "SLURM_JOB_ID"}
        env["PATH"] = f"{program.parent}:{env['PATH']}"
        if in_a_job:
            env["SLURM_JOB_ID"] = "7"
        quick = (
            "import beyond_blur.storage.resubmit as r, sys; r.PATIENCE = 0; r.main(sys.argv[1:])"
        )
        return subprocess.Popen(
            [sys.executable, "-c", quick, sys.executable, "-c", code], env=env, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    return begin


def asked(tmp_path):
    log = tmp_path / "asked"
    return log.read_text().splitlines() if log.exists() else []


def test_a_command_that_has_saved_and_is_to_be_resumed_is_queued_again(begun, tmp_path):
    job = begun("raise SystemExit(75)")
    _, said = job.communicate(timeout=30)
    assert asked(tmp_path) == ["show job --oneliner 7", "requeue 7"]
    assert "the time limit is near: job 7 is queued again (3) and goes on from here" in said
    assert job.returncode == 75


@pytest.mark.parametrize(("code", "left"), [("raise SystemExit(3)", 3), ("print('done')", 0)])
def test_a_fault_and_a_good_end_are_passed_on(begun, tmp_path, code, left):
    job = begun(code)
    job.communicate(timeout=30)
    assert job.returncode == left and asked(tmp_path) == []


def test_a_command_that_dies_of_the_notice_is_queued_again(begun, tmp_path):
    job = begun("import time; print('on', flush=True); time.sleep(60)")
    assert job.stdout.readline() == "on\n"
    children = subprocess.run(["pgrep", "-P", str(job.pid)], capture_output=True, text=True)
    # SLURM tells every process of the step.
    for pid in (job.pid, *map(int, children.stdout.split())):
        os.kill(pid, signal.SIGTERM)
    job.communicate(timeout=30)
    assert asked(tmp_path)[-1] == "requeue 7"
    assert job.returncode in (128 + signal.SIGTERM, -signal.SIGTERM)


@pytest.mark.parametrize("state", ["COMPLETING", "CANCELLED", ""])
def test_a_cancelled_job_stays_cancelled(begun, tmp_path, state):
    job = begun("raise SystemExit(75)", state)
    job.communicate(timeout=30)
    assert job.returncode == 75
    assert asked(tmp_path) == ["show job --oneliner 7"]


def test_a_slurm_that_queues_nothing_again_is_named_with_its_reason(begun):
    job = begun("raise SystemExit(75)", refused=1)
    _, said = job.communicate(timeout=30)
    assert (
        "SLURM does not queue job 7 again (requeue is disabled): submit it with --requeue" in said
    )
    assert job.returncode == 75


def test_without_slurm_it_becomes_the_command(begun, tmp_path):
    job = begun("import os; print(os.getpid())", in_a_job=False)
    out, said = job.communicate(timeout=30)
    assert int(out) == job.pid and said == "" and asked(tmp_path) == []
    late = begun("import time; print('on', flush=True); time.sleep(60)", in_a_job=False)
    assert late.stdout.readline() == "on\n"
    late.terminate()
    late.communicate(timeout=30)
    assert late.returncode == -signal.SIGTERM
