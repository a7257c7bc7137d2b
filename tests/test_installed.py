"""The wheel carries the whole workflow, and its console script runs it in any folder."""

import os
import signal
import subprocess
import sys
import sysconfig
import tarfile
import time
import zipfile
from pathlib import Path

import pytest

import beyond_blur

pytestmark = pytest.mark.thorough

ROOT = Path(__file__).parent.parent
TABLE = "results/table1.csv"


def build(kind, source, folder):
    """The archive of that kind which hatchling makes of a source."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", folder]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (archive,) = folder.iterdir()
    return archive


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel that is made of the source archive, as pip makes it where there is no clone."""
    place = tmp_path_factory.mktemp("built")
    with tarfile.open(build("sdist", ROOT, place / "sdist")) as archive:
        archive.extractall(place / "source", filter="data")
    (source,) = (place / "source").iterdir()
    return build("wheel", source, place / "wheel")


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """An environment with the wheel in it; what it needs is that of the tests' own environment."""
    place = tmp_path_factory.mktemp("environment") / "env"
    uv = [sys.executable, "-m", "uv"]
    for command in (
        [*uv, "venv", "--quiet", "--python", sys.executable, place],
        [*uv, "pip", "install", "--quiet", "--offline", "--no-deps",
         "--python", place / "bin/python", wheel],
    ):  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    (site,) = place.glob("lib/python*/site-packages")
    (site / "others.pth").write_text(sysconfig.get_path("purelib"))
    return place


def shell(path=None):
    """Variables of a shell that knows no clone, with a folder of programs before the usual ones."""
    usual = [p for p in os.defpath.split(os.pathsep) if p]
    env = {**os.environ, "PATH": os.pathsep.join([*([str(path)] if path else []), *usual])}
    return {name: value for name, value in env.items() if name != "PYTHONPATH"}


def called(installed, folder, *arguments):
    """What `beyond-blur` does in a folder where no clone is, called by its whole path."""
    folder.mkdir(exist_ok=True)
    return subprocess.run(
        [installed / "bin/beyond-blur", *arguments], cwd=folder, text=True,
        capture_output=True, env=shell(),
    )  # fmt: skip


def test_the_wheel_of_the_source_archive_carries_all_that_a_run_reads(wheel):
    with zipfile.ZipFile(wheel) as file:
        there = set(file.namelist())
    for part in ("Snakefile", "config.yaml", "workflow", "envs", "profiles"):
        here = [p for p in [ROOT / part, *(ROOT / part).rglob("*")] if p.is_file()]
        here = {f"{p.relative_to(ROOT)}" for p in here if "__pycache__" not in p.parts}
        assert here and {f"beyond_blur/workflow_files/{name}" for name in here} <= there
    assert "beyond_blur/config/presets/tiny.yaml" in there
    assert any(name.startswith("beyond_blur/lbm/gpu/kernels/") for name in there)


def test_the_console_script_says_its_version(installed, tmp_path):
    assert called(installed, tmp_path, "--version").stdout == (
        f"beyond_blur {beyond_blur.__version__}\n"
    )
    (metadata,) = installed.glob("lib/python*/site-packages/beyond_blur-*.dist-info/METADATA")
    assert f"Version: {beyond_blur.__version__}\n" in metadata.read_text()


def test_the_installed_workflow_plans_a_run_in_an_empty_folder(installed, tmp_path):
    done = called(installed, tmp_path / "run", "run", "-n", "--config", "preset=tiny")
    assert done.returncode == 0, done.stderr
    assert "cache_pairs" in done.stdout
    assert "profiles/default" in done.stderr, "the profile is carried, too"


def test_snakemake_takes_the_path_of_the_installed_workflow(installed, tmp_path):
    snakefile = called(installed, tmp_path, "workflow").stdout.strip()
    assert snakefile.startswith(str(installed))
    command = ["python", "-m", "snakemake", "-s", snakefile, "-n", "--config", "preset=tiny"]
    env = shell(installed / "bin")
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.returncode == 0 and "cache_pairs" in done.stdout, done.stderr


def test_the_workflow_of_one_place_does_not_run_the_package_of_another(installed, tmp_path):
    command = ["python", "-m", "snakemake", "-s", ROOT / "Snakefile", "-n"]
    env = shell(installed / "bin")
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.returncode == 1
    assert f"beyond_blur is that of {installed}" in done.stderr
    assert f"not of {ROOT.resolve()}: install this one" in done.stderr


def test_what_snakemake_refuses_is_its_exit_code(installed, tmp_path):
    done = called(installed, tmp_path, "run", "--no-such-option")
    assert done.returncode == 2 and "--no-such-option" in done.stderr
    assert "Run the workflow in this folder" in called(installed, tmp_path, "run", "-h").stdout


@pytest.mark.slow
def test_a_signal_to_the_console_script_reaches_snakemake_which_leaves_no_lock(installed, tmp_path):
    command = [installed / "bin/beyond-blur", "run", "--cores", "1", "--config", "preset=tiny"]
    locks = tmp_path / ".snakemake/locks"
    with subprocess.Popen(
        command, cwd=tmp_path, env=shell(), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    ) as started:
        while not (list(tmp_path.glob("results/data/tiny/train/*")) or started.poll() is not None):
            time.sleep(0.2)
        assert list(locks.iterdir()), "the run holds its folder"
        started.send_signal(signal.SIGINT)
        assert started.wait(120) != 0
    assert not list(locks.glob("*")), "Snakemake takes the folder away, too"


@pytest.mark.slow
def test_the_installed_workflow_runs_to_the_table(installed, tmp_path):
    done = called(installed, tmp_path / "run", "run", "--cores", "2", "--config", "preset=tiny")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "run" / TABLE).stat().st_size > 1000
    again = called(installed, tmp_path / "run", "run", "-n", "--config", "preset=tiny")
    assert "Nothing to be done" in again.stdout + again.stderr
