"""A quiet run says one line for each stage: what begins, how much is done, what is left."""

import enum
import io
import logging
import re
import subprocess
from types import SimpleNamespace

import pytest

from beyond_blur.storage import commit, job_errors, run_stages
from beyond_blur.storage.run_journal import PLACE

Quiet = enum.Enum("Quiet", ["RULES", "PROGRESS", "HOST"])

DOES = {
    "prepare_dataset": "Read the dataset, split it.\n\n    More of it.",
    "cache_pairs": "Keep pairs (x_k, x_{{k-1}}) of\n    each image.",
    "figure_loss": None,
    "figure_samples": None,
    "all": None,
}


@pytest.fixture
def begin(tmp_path, monkeypatch, caplog):
    """Begins a run under a kind of quiet; its logger is that of Snakemake's events."""
    monkeypatch.chdir(tmp_path)
    logger = logging.getLogger("snakemake.of.tests")
    caplog.set_level(logging.INFO, logger.name)

    def of(*quiet, executor="local"):
        jobs = [SimpleNamespace(rule=SimpleNamespace(name=name, docstring=words))
                for name, words in DOES.items()]  # fmt: skip
        workflow = SimpleNamespace(
            executor_plugin=SimpleNamespace(name=executor),
            dag=SimpleNamespace(needrun_jobs=lambda: iter(jobs)),
            output_settings=SimpleNamespace(quiet=quiet or None, dryrun=False),
        )
        run_stages.follow(logger, workflow, "demo", tmp_path)
        return logger

    yield of
    for handler in list(logger.handlers):
        logger.removeHandler(handler)


def starts(logger, number, rule):
    """Tell the handlers alone: what they say themselves is all that the logger hears."""
    told = {"event": "job_info", "jobid": number, "rule_name": rule, "log": [], "wildcards": {}}
    for handler in logger.handlers:
        handler.handle(logging.makeLogRecord(told))


def test_each_stage_has_one_line_and_figures_are_one_stage(begin, caplog):
    logger = begin(Quiet.RULES, Quiet.HOST)
    for number, rule in enumerate(["prepare_dataset", "cache_pairs", "cache_pairs", "figure_loss",
                                   "figure_samples", "all"]):  # fmt: skip
        starts(logger, number, rule)
    assert caplog.messages == [
        "   0:00  0 of 5 jobs done: prepare_dataset: Read the dataset, split it",
        "   0:00  0 of 5 jobs done: cache_pairs: Keep pairs (x_k, x_{k-1}) of each image",
        "   0:00  0 of 5 jobs done: figures: Draw those whose numbers are there",
    ]


@pytest.mark.parametrize("quiet", [(), (Quiet.HOST,)])
def test_where_snakemake_tells_of_its_rules_nothing_is_added(begin, caplog, quiet):
    starts(begin(*quiet), 1, "prepare_dataset")
    assert caplog.messages == []


def test_results_that_are_touched_are_no_run(begin, tmp_path):
    assert begin(Quiet.RULES, executor="touch").handlers == []
    assert not (tmp_path / PLACE).exists()
    begin()
    assert (tmp_path / PLACE).exists()


@pytest.mark.parametrize("dryrun", [False, True])
def test_snakemakes_progress_is_left_to_its_log_file_but_for_a_dry_run(tmp_path, dryrun):
    logger, terminal = logging.Logger("snakemake"), logging.StreamHandler(io.StringIO())
    terminal.name = "DefaultStreamHandler"
    logger.addHandler(terminal)
    settings = SimpleNamespace(
        quiet={Quiet.RULES}, dryrun=dryrun, verbose=False, show_failed_logs=False
    )
    job_errors.listen(logger, tmp_path, settings)
    for event in ("run_info", "progress", "job_finished", "job_started"):
        logger.info(event, extra={"event": event, "job_id": 1})
    logger.info("a warning of a verb")
    said = terminal.stream.getvalue().splitlines()
    kept = ["run_info", "progress", "job_finished", "job_started"] if dryrun else []
    assert said == [*kept, "a warning of a verb"]


def git(folder, *arguments):
    name = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
    subprocess.run(["git", "-C", folder, *name, *arguments], check=True, capture_output=True)


def test_the_code_is_named_by_its_commit_and_whether_it_differs(tmp_path):
    assert commit.commit_of(tmp_path).startswith("version ")
    git(tmp_path, "init")
    assert commit.commit_of(tmp_path) == "a clone without a commit"
    (tmp_path / "Snakefile").write_text("a")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "first")
    (tmp_path / "results").mkdir()
    assert commit.commit_of(tmp_path / "results").startswith("version "), "a folder of another's"
    found = commit.commit_of(tmp_path)
    assert re.fullmatch(r"commit [0-9a-f]{7,} of \d{4}-\d\d-\d\d", found)
    (tmp_path / "Snakefile").write_text("b")
    assert commit.commit_of(tmp_path) == f"{found}, with changes that are not committed"
