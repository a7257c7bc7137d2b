"""Why jobs wait at SLURM is said once, and as a warning where it does not go away."""

import logging

import pytest

from beyond_blur.storage import slurm_waiting


def test_jobs_that_wait_for_room_are_news_and_no_warning():
    queue = "1|main|Resources\n2|main|Priority\n3|main|Priority\n"
    (first, second) = slurm_waiting.remarks(queue)
    assert first == (
        logging.INFO,
        "main room",
        "1 job (1) of this run at SLURM's partition main waits for room (Resources)",
    )
    assert second[1] == first[1]
    assert "2 jobs (2, 3) of this run at SLURM's partition main wait for room" in second[2]


@pytest.mark.parametrize(
    ("reason", "way_out"),
    [
        ("PartitionTimeLimit", "longest_job"),
        ("PartitionConfig", "mem_mb"),
        ("Job's account not known, so it can't use this partition (x allows y)", "slurm_account"),
        ("AssocMaxWallDurationPerJobLimit", "longest_job"),
        ("AssocGrpCPUMinutesLimit", "budget"),
        ("AssocGrpGRES", "other jobs of the account"),
        ("ReqNodeNotAvail, UnavailableNodes:node2", "sinfo -R"),
        ("Nodes required for job are DOWN, DRAINED or reserved for jobs in higher", "sinfo -R"),
        ("JobHeldUser", "scontrol release"),
    ],
)
def test_a_reason_that_does_not_go_away_is_a_warning_with_the_way_out(reason, way_out):
    ((level, _, line),) = slurm_waiting.remarks(f"72|short|{reason}\n")
    assert level == logging.WARNING
    assert f"will not start as things are: {reason}: " in line
    assert way_out in line


@pytest.mark.parametrize("queue", ["", "5|main|None\n", "5|main|BeginTime\n", "slurm_load error\n"])
def test_there_is_nothing_to_say_of_the_rest(queue):
    assert list(slurm_waiting.remarks(queue)) == []


def test_of_many_jobs_a_few_are_named():
    queue = "".join(f"{i}|main|PartitionTimeLimit\n" for i in range(100))
    ((_, _, line),) = slurm_waiting.remarks(queue)
    assert line.startswith("100 jobs (0, 1, 2, ...) of this run")
