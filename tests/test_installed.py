"""The wheel carries the whole workflow, and runs it in any folder."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import beyond_blur

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder on Python's path that holds what the wheel of this clone holds."""
    place = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", place / "dist"]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (wheel,) = (place / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as file:
        file.extractall(place / "site")
    return place / "site"


def called(installed, folder, *arguments):
    """What `beyond-blur` does in a folder, where no clone is."""
    folder.mkdir(exist_ok=True)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        [sys.executable, "-m", "beyond_blur", *arguments], cwd=folder, text=True,
        capture_output=True, env={**os.environ, "PYTHONPATH": str(installed), "PATH": path},
    )  # fmt: skip


def test_the_wheel_carries_all_that_a_run_reads(installed):
    carried = installed / "beyond_blur/workflow_files"
    for part in ("Snakefile", "config.yaml", "workflow", "envs", "profiles"):
        here = [
            p.relative_to(ROOT) for p in [ROOT / part, *(ROOT / part).rglob("*")] if p.is_file()
        ]
        there = {p.relative_to(carried) for p in carried.rglob("*")}
        assert here and {p for p in here if "__pycache__" not in p.parts} <= there
    assert (installed / "beyond_blur/config/presets/tiny.yaml").is_file()
    assert list((installed / "beyond_blur/lbm/gpu/kernels").glob("*.cu"))


def test_the_console_script_runs_the_verbs(installed):
    (entry,) = installed.glob("*.dist-info/entry_points.txt")
    assert "beyond-blur = beyond_blur.__main__:run" in entry.read_text()
    version = called(installed, installed.parent / "a", "--version")
    assert version.stdout == f"beyond_blur {beyond_blur.__version__}\n"
    metadata = next(installed.glob("*.dist-info/METADATA")).read_text()
    assert f"Version: {beyond_blur.__version__}\n" in metadata


def test_the_installed_workflow_plans_a_run_in_an_empty_folder(installed, tmp_path):
    done = called(installed, tmp_path / "run", "run", "-n", "--quiet", "--config", "preset=tiny")
    assert done.returncode == 0, done.stderr
    assert "cache_pairs" in called(
        installed, tmp_path / "run", "run", "-n", "--config", "preset=tiny"
    ).stdout  # fmt: skip
    snakefile = called(installed, tmp_path, "workflow").stdout.strip()
    assert snakefile == str(installed / "beyond_blur/workflow_files/Snakefile")


def test_what_snakemake_refuses_is_its_exit_code(installed, tmp_path):
    done = called(installed, tmp_path, "run", "--no-such-option")
    assert done.returncode == 2 and "--no-such-option" in done.stderr
    assert "Run the workflow in this folder" in called(installed, tmp_path, "run", "-h").stdout


@pytest.mark.slow
def test_the_installed_workflow_runs_to_the_table(installed, tmp_path):
    done = called(installed, tmp_path / "run", "run", "--cores", "2", "--config", "preset=tiny")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "run/results/table1.csv").stat().st_size > 1000
    again = called(installed, tmp_path / "run", "run", "-n", "--config", "preset=tiny")
    assert "Nothing to be done" in again.stdout + again.stderr
