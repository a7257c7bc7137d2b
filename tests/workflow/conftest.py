"""A copy of the repository, and a folder in which the whole workflow has run once.

The repository is copied, so that a test can edit a module and see its stages planned again. The run
is made once however many processes pytest has: each takes a copy of it, where nothing is to be
done.
"""

import fcntl
import os
import shutil

import pytest
from workflow_runs import RECORDER, copy_repository, environment, read_calls, snakemake

from beyond_blur.rendering.film_registry import FILMS
from torturing.reference import make_reference

WHOLE = {"made", "called"}
"""Fixtures that run the whole workflow."""


def pytest_collection_modifyitems(items):
    """Tests that need a run of the whole workflow are those of ``make test-workflow``."""
    for item in items:
        if WHOLE & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.workflow)


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """The repository's copy and a finished run, whose jobs are known."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with (shared / "workflow.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        whole = shared / "whole"
        make_reference(whole)
    place = tmp_path_factory.mktemp("made") / "whole"
    shutil.copytree(whole, place, copy_function=shutil.copy2)
    return make_reference(place)


@pytest.fixture(scope="session")
def called(tmp_path_factory):
    """The functions of the package that each verb called in a run of the whole workflow."""
    place = tmp_path_factory.mktemp("recorded")
    repository, calls = copy_repository(place / "repository"), place / "calls"
    calls.mkdir()
    env = environment(
        repository, RECORD_FUNCTIONS=str(calls), RECORD_SOURCE=str(repository / "src")
    )
    env["PYTHONPATH"] = f"{RECORDER}:{env['PYTHONPATH']}"
    by_name = [f"results/figures/{name}.png" for name in ("steps", "interpolation", "shared")]
    by_name += [f"results/films/{name}.gif" for name in FILMS]
    by_name.append("results/encoder/tiny/weights.safetensors")
    by_name.append("results/deltas.csv")
    flows = {"peclet": [0.1], "flows": ["coloured_noise"], "baselines": [], "deltas": ["auto"]}
    config = {"preset": "tiny", "study": flows}
    done = snakemake(repository, place / "run", "all", *by_name, env=env, config=config)
    assert done.returncode == 0, done.stderr + done.stdout
    return read_calls(calls, repository / "src")


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
