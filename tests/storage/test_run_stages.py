"""A quiet run says one line for each stage: what begins, how much is done, what is left."""

import enum
import logging
import re
import subprocess
from types import SimpleNamespace

import pytest

from beyond_blur.storage import commit, run_stages

Quiet = enum.Enum("Quiet", ["RULES", "PROGRESS", "HOST"])

DOES = {
    "prepare_dataset": "Read the dataset, split it.\n\n    More of it.",
    "cache_pairs": "Keep pairs (x_k, x_{{k-1}}) of\n    each image.",
    "figure_loss": None,
    "figure_samples": None,
    "film_reverse": None,
    "all": None,
}


@pytest.fixture
def begin(tmp_path, monkeypatch, caplog):
    """Begins a run under a kind of quiet; its logger is that of Snakemake's events."""
    monkeypatch.chdir(tmp_path)
    logger = logging.getLogger("snakemake.of.tests")
    caplog.set_level(logging.INFO, logger.name)

    def of(*quiet):
        jobs = [SimpleNamespace(rule=SimpleNamespace(name=name, docstring=words))
                for name, words in DOES.items()]  # fmt: skip
        workflow = SimpleNamespace(
            dag=SimpleNamespace(needrun_jobs=lambda: iter(jobs)),
            output_settings=SimpleNamespace(quiet=quiet or None),
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


def test_each_stage_has_one_line_and_figures_with_films_are_one_stage(begin, caplog):
    logger = begin(Quiet.RULES, Quiet.PROGRESS)
    for number, rule in enumerate(["prepare_dataset", "cache_pairs", "cache_pairs", "figure_loss",
                                   "film_reverse", "figure_samples", "all"]):  # fmt: skip
        starts(logger, number, rule)
    assert caplog.messages == [
        "   0:00  0 of 6 jobs done: prepare_dataset: Read the dataset, split it",
        "   0:00  0 of 6 jobs done: cache_pairs: Keep pairs (x_k, x_{k-1}) of each image",
        "   0:00  0 of 6 jobs done: figures: Draw what is there to be drawn",
    ]


@pytest.mark.parametrize("quiet", [(), (Quiet.RULES, Quiet.HOST)])
def test_where_snakemake_tells_of_its_progress_nothing_is_added(begin, caplog, quiet):
    starts(begin(*quiet), 1, "prepare_dataset")
    assert caplog.messages == []


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
