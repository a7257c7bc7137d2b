"""A copy of the repository, and a folder in which the whole workflow has run once.

The repository is copied, so that a test can edit a module and see its stages planned again. The run
is made once however many processes pytest has: each takes a copy of it, where nothing is to be
done.
"""

import fcntl
import os
import shutil
from types import SimpleNamespace

import pytest
from workflow_runs import RECORDER, copy_repository, environment, read_calls, snakemake


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """The repository's copy, a finished run, and the functions that each verb called in it."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with (shared / "workflow.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        whole = shared / "whole"
        if not (whole / "ready").exists():
            shutil.rmtree(whole, ignore_errors=True)
            repository = copy_repository(whole / "repository")
            called = whole / "called"
            called.mkdir()
            env = environment(repository, RECORD_FUNCTIONS=str(called),
                              RECORD_SOURCE=str(repository / "src"))  # fmt: skip
            env["PYTHONPATH"] = f"{RECORDER}:{env['PYTHONPATH']}"
            done = snakemake(repository, whole / "run", env=env)
            assert done.returncode == 0, done.stderr + done.stdout
            (whole / "ready").touch()
    place = tmp_path_factory.mktemp("made")
    for name in ("repository", "run", "called"):
        shutil.copytree(whole / name, place / name, copy_function=shutil.copy2)
    called = read_calls(place / "called", whole / "repository/src")
    return SimpleNamespace(repository=place / "repository", run=place / "run", called=called)


@pytest.fixture(scope="session")
def repository(made):
    return made.repository


@pytest.fixture(scope="session")
def finished(made):
    """A folder in which the whole workflow has run once."""
    return made.run


@pytest.fixture
def a_copy(finished, tmp_path):
    """A copy of the finished run, to be changed."""
    folder = tmp_path / "run"
    shutil.copytree(finished, folder, copy_function=shutil.copy2)
    return folder
