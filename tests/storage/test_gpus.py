"""No two jobs have the same GPU, whoever started them; a GPU comes free with its job's end."""

import os
import signal
import subprocess
import sys
import time

import pytest

from beyond_blur.storage import gpus

SHOW = "import os; print(os.environ['CUDA_VISIBLE_DEVICES'], flush=True)"


def variables(tmp_path, visible, **more):
    outside = {k: v for k, v in os.environ.items() if k not in gpus.JOB_IDS}
    return {**outside, "TMPDIR": str(tmp_path), "CUDA_VISIBLE_DEVICES": visible, **more}


def started(tmp_path, n, code, visible="0,1,2", **more):
    return subprocess.Popen(
        [sys.executable, "-m", "beyond_blur.storage.gpus", str(n), sys.executable, "-c", code],
        env=variables(tmp_path, visible, **more), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


HOLD = f"{SHOW}; import time; time.sleep(60)"


def test_jobs_at_once_never_share_a_gpu(tmp_path):
    log = tmp_path / "log"
    code = (
        "import os, time\n"
        "def say(what):\n"
        f"    with open({str(log)!r}, 'a') as f: "
        "f.write(f\"{what} {os.environ['CUDA_VISIBLE_DEVICES']}\\n\")\n"
        "say('begin'); time.sleep(0.1); say('end')"
    )
    jobs = [started(tmp_path, 1 + i % 2, code) for i in range(10)]
    assert [job.wait(60) for job in jobs] == [0] * 10
    busy, most = set(), 0
    for line in log.read_text().splitlines():
        what, names = line.split()
        cards = set(names.split(","))
        if what == "begin":
            assert not cards & busy, "two jobs on one GPU"
            busy |= cards
        else:
            busy -= cards
        most = max(most, len(busy))
    assert not busy and most >= 2, "GPUs are used side by side"
    assert (
        sorted(len(line.split(",")) for line in log.read_text().splitlines()) == [1] * 10 + [2] * 10
    )


def test_a_gpu_is_free_again_when_its_job_was_killed_and_who_waits_says_so_once(tmp_path):
    first = started(tmp_path, 1, HOLD, "GPU-a")
    assert first.stdout.readline() == "GPU-a\n"
    second = started(tmp_path, 1, SHOW, "GPU-a")
    time.sleep(1.5)
    assert second.poll() is None
    first.send_signal(signal.SIGKILL)
    out, said = second.communicate(timeout=30)
    assert out == "GPU-a\n"
    assert said == "waiting for a GPU: all 1 are taken by other jobs\n"
    first.communicate()


def test_children_of_a_job_keep_its_gpu(tmp_path):
    code = f"{SHOW}; import subprocess, sys; subprocess.run([sys.executable, '-c', {SHOW!r}])"
    out, _ = started(tmp_path, 2, code).communicate(timeout=30)
    first, second = out.splitlines()
    assert first == second and len(first.split(",")) == 2


@pytest.mark.parametrize(
    ("n", "visible", "more", "seen"),
    [
        (0, "0,1", {}, ""),
        (1, "", {}, ""),
        (1, "MIG-4/1/0", {}, "MIG-4/1/0"),
        (2, "7,GPU-b", {}, "7,GPU-b"),
        (1, "5", {"SLURM_JOB_ID": "1"}, "5"),
        (1, "0,1", {"PBS_JOBID": "1"}, "0,1"),
    ],
)
def test_a_command_sees_its_gpus_alone(tmp_path, n, visible, more, seen):
    out, said = started(tmp_path, n, SHOW, visible, **more).communicate(timeout=30)
    assert (out, said) == (f"{seen}\n", "")


def test_more_gpus_than_there_are_is_one_line(tmp_path):
    job = started(tmp_path, 4, SHOW)
    _, said = job.communicate(timeout=30)
    assert job.returncode == 1
    assert said == (
        "error: the job needs 4 GPUs and 3 are here (CUDA_VISIBLE_DEVICES): set training.devices "
        "to as many as there are\n"
    )


def test_gpus_are_counted_by_their_files_or_by_the_drivers_program(tmp_path, monkeypatch):
    monkeypatch.setattr(gpus, "DEVICES", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert gpus.found({}) == []
    program = tmp_path / "nvidia-smi"
    program.write_text(
        "#!/bin/sh\necho 'GPU 0: A (UUID: GPU-1)'\necho '  MIG 1g'\necho 'GPU 1: B'\n"
    )
    program.chmod(0o755)
    assert gpus.found({}) == ["0", "1"]
    for name in ("nvidia0", "nvidia1", "nvidia2", "nvidiactl", "nvidia-uvm"):
        (tmp_path / name).touch()
    assert gpus.found({}) == ["0", "1", "2"]
    assert gpus.found({"CUDA_VISIBLE_DEVICES": "2"}) == ["2"]
    assert (
        gpus.found({"CUDA_VISIBLE_DEVICES": "-1"}) == gpus.found({"CUDA_VISIBLE_DEVICES": ""}) == []
    )
