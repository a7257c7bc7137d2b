"""One line on the terminal for each stage of a run, where Snakemake is told to be quiet.

Snakemake's events come here, as they do to `run_journal`. Standard library only.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from beyond_blur.progress import clock
from beyond_blur.storage import run_journal
from beyond_blur.storage.commit import commit_of
from beyond_blur.storage.run_estimate import seconds_left

FIGURES = ("figure_", "film_")
"""How the rules of figures and films begin: all of them are one stage."""

NOISE = ("job_started",)
"""Events of which Snakemake tells however quiet it is about its progress."""


class Stages(logging.Handler):
    """Says what begins, how much is done, and about how long the rest takes.

    Parameters
    ----------
    logger : Logger
        Snakemake's; also what is said goes there, so that its log file has it.
    run : mapping
        What the journal keeps, as it is kept.
    does : mapping of str to str
        What each rule does, in one sentence; of a rule that is not among them nothing is said.
    """

    def __init__(
        self, logger: logging.Logger, run: Mapping[str, Any], does: Mapping[str, str]
    ) -> None:
        super().__init__()
        self.logger, self.run, self.does = logger, run, does
        self.begun: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        """Say so where the first job of a stage begins."""
        if str(getattr(record, "event", None)) != "job_info":
            return
        rule = vars(record)["rule_name"]
        stage = FIGURES[0] if rule.startswith(FIGURES) else rule
        if stage in self.begun or rule not in self.does:
            return
        self.begun.add(stage)
        self.logger.info(self.line(rule, time.time()))

    def line(self, rule: str, now: float) -> str:
        """Time so far, jobs done, time left, and what begins."""
        left = seconds_left(self.run, Path(), now)
        about = "" if left is None else f", about {clock(left)} left"
        done = f"{self.run['done']:,} of {self.run['total']:,} jobs done{about}"
        return f"{clock(now - self.run['began']):>7}  {done}: {self.does[rule]}"


def follow(logger: logging.Logger, workflow: Any, title: str, code: Path) -> None:
    """Keep the journal of a run that begins; where Snakemake is quiet about its progress, tell it.

    Parameters
    ----------
    logger : Logger
        Snakemake's.
    workflow : Workflow
        Snakemake's, whose jobs are known.
    title : str
        What is run, for a person.
    code : path
        The folder of the Snakefile.
    """
    jobs = list(workflow.dag.needrun_jobs())
    run = run_journal.keep(logger, jobs, title, commit_of(code))
    if "PROGRESS" not in {one.name for one in workflow.output_settings.quiet or ()}:
        return
    does = {job.rule.name: sentence(job.rule.name, job.rule.docstring) for job in jobs}
    does = {rule: words for rule, words in does.items() if words}
    logger.addHandler(Stages(logger, run, does))
    for handler in logger.handlers:
        if handler.name == "DefaultStreamHandler":
            handler.addFilter(lambda record: str(getattr(record, "event", None)) not in NOISE)


def sentence(rule: str, docstring: str | None) -> str:
    """What a rule does: its name, and the first sentence of what its file says of it."""
    if rule.startswith(FIGURES):
        return "figures: Draw what is there to be drawn"
    first = " ".join((docstring or "").split("\n\n")[0].split()).removesuffix(".")
    return f"{rule}: {first.replace('{{', '{').replace('}}', '}')}" if first else ""
