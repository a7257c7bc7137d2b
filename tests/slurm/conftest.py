"""Runs on the SLURM of tests/slurm/cluster.sh; without one these tests are skipped."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "tests" / "workflow"))

import workflow_runs  # noqa: E402

QUICK = {"latency-wait": 5, "seconds-between-status-checks": 2}


def answers():
    """Whether the test's SLURM runs: it has partitions of these names."""
    if shutil.which("sinfo") is None:
        return False
    done = subprocess.run(["sinfo", "--noheader", "--format=%R"], capture_output=True, text=True)
    return {"main", "short"} <= set(done.stdout.split())


@pytest.fixture(scope="session", autouse=True)
def cluster():
    if not answers():
        pytest.skip("needs SLURM: tests/slurm/cluster.sh start FOLDER")


@pytest.fixture(scope="session")
def repository(tmp_path_factory):
    return workflow_runs.copy_repository(tmp_path_factory.mktemp("repository") / "copy")


@pytest.fixture
def run(repository, tmp_path):
    """Snakemake with a profile of the repository, at this SLURM's partition."""

    def run(name, *arguments, config=None, partition="main", **more):
        folder = tmp_path / "profile"
        shutil.copytree(repository / "workflow/profiles" / name, folder, dirs_exist_ok=True)
        profile = yaml.safe_load((folder / "config.yaml").read_text()) | QUICK | more
        if name == "slurm":
            profile["slurm-init-seconds-before-status-checks"] = 2
            profile["default-resources"]["slurm_partition"] = partition
        else:
            profile["default-resources"]["partition"] = f"'{partition}'"
        (folder / "config.yaml").write_text(yaml.safe_dump(profile, sort_keys=False))
        settings = tmp_path / "config.yaml"
        settings.write_text(yaml.safe_dump({"preset": "tiny", **(config or {})}))
        return subprocess.Popen(
            [sys.executable, "-m", "snakemake", "-s", repository / "Snakefile",
             "--directory", tmp_path / "run", "--configfile", settings,
             "--workflow-profile", folder, *arguments],
            env=workflow_runs.environment(repository), text=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip

    return run
