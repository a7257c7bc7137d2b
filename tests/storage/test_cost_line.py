"""A dry run says in one line what it would cost, wherever it counts its jobs."""

import logging
from types import SimpleNamespace

import pytest

from beyond_blur.config import read_experiment
from beyond_blur.config.run_cost import RunCost
from beyond_blur.storage.cost_line import CostLine, in_hours, line


def job(rule, **wildcards):
    return SimpleNamespace(rule=SimpleNamespace(name=rule), wildcards_dict=wildcards)


def test_the_line_comes_with_the_table_of_jobs_and_counts_all_but_the_target(caplog):
    logger = logging.getLogger("snakemake.of.cost")
    caplog.set_level(logging.INFO, logger.name)
    jobs = [job("train", process="ddpm"), job("train", process="heat_dissipation"), job("all")]
    workflow = SimpleNamespace(dag=SimpleNamespace(needrun_jobs=lambda: iter(jobs)))
    handler = CostLine(logger, workflow, read_experiment({"preset": "demo"}))
    logger.addHandler(handler)
    logger.info("not yet", extra={"event": "job_info"})
    for _ in range(2):  # Snakemake tells before and after the jobs
        logger.info("Job stats", extra={"event": "run_info"})
    said = [message for message in caplog.messages if message.startswith("Cost")]
    logger.removeHandler(handler)
    assert len(said) == 2 and len(set(said)) == 1
    assert said[0].startswith("Cost, at most: 2 jobs, ")
    assert "(2 trainings: " in said[0] and said[0].endswith(" on disk (docs/costs.md)")


def test_words_say_what_there_is():
    assert line(RunCost(1, 0, 0.5, 0.0, 0.0, 2_000_000)) == (
        "Cost, at most: 1 job, 30 min of a CPU core, 2 MB on disk (docs/costs.md)"
    )
    assert line(RunCost(1_200, 1, 2.0, 12.0, 12.0, 3 * 10**12)) == (
        "Cost, at most: 1,200 jobs, 2.0 h of a CPU core and 12 h of a GPU (1 training: 12 h), "
        "3 TB on disk (docs/costs.md)"
    )


@pytest.mark.parametrize(
    ("hours", "words"),
    [(0.0, "1 min"), (0.5, "30 min"), (0.999, "60 min"), (1.04, "1.0 h"), (9.96, "10.0 h"),
     (13.6, "14 h"), (8_970_582, "9,000,000 h")],
)  # fmt: skip
def test_times_have_two_digits(hours, words):
    assert in_hours(hours) == words
