"""What goes wrong on a real SLURM is one line on the terminal of the machine that submits."""

import re
import subprocess

import pytest

SHARD = "results/data/tiny/train/shard-0.safetensors"

pytestmark = pytest.mark.slurm


def ended(process):
    """What Snakemake said, once it has failed."""
    said = process.communicate(timeout=300)[1]
    assert process.returncode, said
    return said


def test_a_wrong_partition_ends_the_run_before_a_job_is_submitted(run):
    said = ended(run("slurm", SHARD, partition="nowhere"))
    assert re.search(
        r"^rule prepare_dataset: SLURM refuses its job: Invalid partition name specified "
        r"\(there are .*main.*\)",
        said,
        flags=re.MULTILINE,
    )
    assert "submitted" not in said


def test_a_time_above_the_partitions_limit_ends_the_run_before_a_job_waits_for_ever(run):
    said = ended(run("slurm", SHARD, partition="short"))
    assert "asks for 11 minutes, and SLURM's partition short ends jobs after 1: it would" in said
    assert "submitted" not in said


def test_more_memory_than_any_node_has_ends_the_run(run):
    said = ended(run("slurm", SHARD, "--set-resources", "prepare_dataset:mem_mb=90000000"))
    assert "SLURM refuses its job: Requested node configuration is not available" in said


@pytest.mark.parametrize("profile", ["slurm", "cluster-generic"])
def test_a_rule_that_fails_says_the_error_of_its_log(run, tmp_path, profile):
    broken = tmp_path / "broken.npz"
    broken.write_text("nothing")
    dataset = {"kind": "npz", "path": str(broken)}
    said = ended(run(profile, SHARD, config={"dataset": dataset}, retries=0))
    (line,) = re.findall(r"^rule prepare_dataset failed.*", said, flags=re.MULTILINE)
    assert re.search(r"in job \d+: beyond_blur prepare_dataset: error: .*broken\.npz is", line)
    assert "log: results/logs/prepare_dataset/tiny.log" in line
    assert "python -m beyond_blur" not in said


@pytest.mark.parametrize("profile", ["slurm", "cluster-generic"])
def test_a_job_that_is_cancelled_says_so(run, profile):
    process = run(profile, SHARD, retries=0)
    number = None
    for line in process.stderr:
        if found := re.search(r"SLURM jobid (\d+)|external jobid '(\d+)'", line):
            number = found[1] or found[2]
            break
    subprocess.run(["scancel", number], check=True)
    # Before it had begun, or after.
    words = f"rule prepare_dataset failed in job {number}: it (was|never began.* is) cancelled"
    assert re.search(words, ended(process))


def test_a_job_that_waits_for_ever_is_told_with_the_way_out(run):
    # With a quality of service the limit may be another one: the job is submitted.
    asked = ["prepare_dataset:slurm_partition=short", "prepare_dataset:qos=none"]
    process = run("slurm", SHARD, "--set-resources", *asked)
    for line in process.stderr:
        if "will not start as things are: PartitionTimeLimit" in line:
            assert "longest_job" in line
            break
    process.terminate()
    number = re.search(r"1 job \((\d+)\)", line)[1]
    subprocess.run(["scancel", number], check=True)
    assert "it was cancelled" in ended(process)
