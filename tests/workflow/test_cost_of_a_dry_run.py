"""A dry run says what the run would cost, of the jobs that it would run."""

import re

import pytest

from workflow.workflow_runs import copy_repository, snakemake

pytestmark = pytest.mark.workflow


@pytest.fixture(scope="module")
def copied(tmp_path_factory):
    """A copy of the repository, in which nothing has run."""
    return copy_repository(tmp_path_factory.mktemp("dry") / "repository")


def test_a_dry_run_says_how_many_jobs_hours_and_bytes(copied, tmp_path):
    done = snakemake(copied, tmp_path / "run", "-n", config={"device": "cpu"})
    assert done.returncode == 0, done.stderr
    lines = [one for one in (done.stdout + done.stderr).splitlines() if one.startswith("Cost")]
    total = int(re.search(r"^total +(\d+)$", done.stdout + done.stderr, re.MULTILINE)[1])
    assert len(set(lines)) == 1, lines
    said = re.fullmatch(
        r"Cost, at most: (\d+) jobs, (\d+) min of a CPU core \((\d+) trainings: \d+ min\), "
        r"[\d.]+ MB on disk \(docs/costs.md\)", lines[0],
    )  # fmt: skip
    assert said and int(said[1]) == total - 1 and said[3] == "2"


def test_what_is_asked_for_alone_is_counted(copied, tmp_path):
    target = "results/data/tiny/train/shard-0.safetensors"
    done = snakemake(copied, tmp_path / "run", "-n", target)
    assert "Cost, at most: 1 job, 1 min of a CPU core, " in done.stdout + done.stderr
