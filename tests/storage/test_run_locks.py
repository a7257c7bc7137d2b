"""A lock is stale where no Snakemake works in its folder."""

import subprocess
import sys

import pytest

from beyond_blur.storage import run_locks


@pytest.fixture
def locked(tmp_path):
    (tmp_path / ".snakemake/locks").mkdir(parents=True)
    (tmp_path / ".snakemake/locks/0.output.lock").write_text("results/table1.csv\n")
    return tmp_path


def test_a_lock_that_nobody_holds_is_stale(locked):
    assert run_locks.stale(locked)


def test_a_lock_of_a_snakemake_that_works_there_is_not(locked, tmp_path_factory):
    program = "import time; print(flush=True); time.sleep(60)"
    command = [sys.executable, "-c", program, "-m", "snakemake"]
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    for folder, stale in ((locked, False), (elsewhere, True)):
        with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE) as run:
            run.stdout.readline()
            assert run_locks.stale(locked) == stale
            run.kill()
    assert run_locks.stale(locked)


def test_a_folder_without_a_lock_or_a_system_without_a_list_of_processes_is_not(
    locked, tmp_path_factory, monkeypatch
):
    assert not run_locks.stale(tmp_path_factory.mktemp("free"))
    monkeypatch.setattr(run_locks, "PROCESSES", locked / "none")
    assert not run_locks.stale(locked)
