"""What SLURM would never start is refused before the first job, in one line."""

from types import SimpleNamespace

import pytest

from beyond_blur.storage import slurm_requests
from beyond_blur.storage.slurm_requests import Request

PARTITIONS = (
    "PartitionName=main AllowAccounts=ALL Default=YES MaxTime=UNLIMITED State=UP\n"
    "PartitionName=short AllowAccounts=physics,maths Default=NO MaxTime=1-01:30:00 State=UP\n"
)


@pytest.fixture
def cluster(monkeypatch):
    """A SLURM that answers as told: (exit code, words) of ``sbatch`` and of ``sinfo``."""
    answers = {"scontrol": (0, PARTITIONS), "sbatch": (0, ""), "sinfo": (0, "")}
    asked = []

    def answer(command):
        asked.append(command)
        return answers[command[0]]

    monkeypatch.setattr(slurm_requests, "_answer", answer)
    return SimpleNamespace(answers=answers, asked=asked)


def found(**resources):
    return list(slurm_requests.findings([Request("train", resources)]))


def test_more_time_than_the_partition_gives_is_refused(cluster):
    (finding,) = found(slurm_partition="short", runtime=1531)
    assert finding.line == (
        "rule train asks for 1531 minutes, and SLURM's partition short ends jobs after 1530: it "
        "would wait for ever; set longest_job: 1530, or another slurm_partition"
    )
    assert finding.for_good
    assert not found(slurm_partition="short", runtime=1530)
    assert not found(runtime=100_000)


def test_a_quality_of_service_may_lift_the_limit(cluster):
    (finding,) = found(slurm_partition="short", runtime=9999, qos="long")
    assert not finding.for_good


def test_an_account_that_the_partition_does_not_take_is_refused(cluster):
    (finding,) = found(slurm_partition="short", slurm_account="chemistry")
    assert "for the account chemistry, and SLURM's partition short is for physics" in finding.line
    assert not found(slurm_partition="short", slurm_account="maths")


def test_a_wrong_partition_is_refused_with_those_that_there_are(cluster):
    cluster.answers["sbatch"] = (
        1,
        "sbatch: error: invalid partition specified: nope\n"
        "allocation failure: Invalid partition name specified",
    )
    (finding,) = found(slurm_partition="nope")
    assert finding.line.startswith(
        "rule train: SLURM refuses its job: Invalid partition name specified (there are main, "
        "short); it asks for --partition=nope"
    )
    assert finding.for_good


@pytest.mark.parametrize(("missing", "for_good"), [("", True), ("node2\n", False)])
def test_what_no_node_has_is_refused_for_good_where_no_node_is_missing(cluster, missing, for_good):
    cluster.answers["sbatch"] = (
        1,
        "allocation failure: Requested node configuration is not available",
    )
    cluster.answers["sinfo"] = (0, missing)
    (finding,) = found(mem_mb=900_000)
    assert finding.for_good is for_good
    assert "--mem=900000" in finding.line


def test_a_slurm_that_does_not_answer_is_not_in_the_way(cluster):
    cluster.answers.update(scontrol=(0, ""), sbatch=(0, ""))
    assert not found(slurm_partition="short", runtime=10**6)


def test_commands_that_are_not_there_are_no_answer():
    assert slurm_requests._answer(["no-such-command-of-slurm"]) == (0, "")


def test_the_options_are_those_that_the_job_is_submitted_with():
    resources = {
        "slurm_partition": "gpu",
        "mem_mb": 100,
        "gpu": 2,
        "slurm_extra": "--signal=TERM@9",
    }
    assert Request("train", resources, threads=4).options() == [
        "--partition=gpu", "--mem=100", "--gpus=2", "--cpus-per-task=4", "--signal=TERM@9",
    ]  # fmt: skip
    assert Request("x", {"cpus_per_task": 8, "gpu": 0}, 2).options() == ["--cpus-per-task=8"]


def test_each_rule_is_asked_once_and_local_jobs_and_groups_never():
    def job(rule, *, local=False, group=None, **resources):
        return SimpleNamespace(
            rule=SimpleNamespace(name=rule), is_local=local, group=group, threads=1,
            resources=resources,
        )  # fmt: skip

    class Unknown(str):
        """Of files that are not there yet."""

    jobs = [
        job("train", mem_mb=1, disk_mb=Unknown("<TBD>")),
        job("train", mem_mb=2),
        job("table", local=True),
        job("figure", group="pictures"),
    ]
    assert slurm_requests.requests(jobs) == [Request("train", {"mem_mb": 1})]


@pytest.mark.parametrize(
    ("text", "minutes"), [("UNLIMITED", None), ("00:01:00", 1), ("7-00:00:00", 10080), ("", None)]
)
def test_times_of_slurm_are_minutes(text, minutes):
    assert slurm_requests.minutes_of(text) == minutes
