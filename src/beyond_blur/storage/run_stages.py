"""One line on the terminal for each stage of a run, where Snakemake is told ``--quiet rules``.

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

DRAWN = {"figure": "figures", "film": "films"}
"""How the names of rules begin that are one stage together, and what it is called."""

NOISE = ("run_info", "resources_info", "job_started", "job_finished", "progress")
"""Events of which Snakemake tells in lines of its own, in whose place the lines of stages stand."""


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
        stage = stage_of(rule)
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
    """Keep the journal of a run that begins; where it is `asked` for, say its stages.

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
    if workflow.executor_plugin.name == "touch":  # nothing runs, and the last run is another
        return
    jobs = list(workflow.dag.needrun_jobs())
    run = run_journal.keep(logger, jobs, title, commit_of(code))
    if not asked(workflow.output_settings):
        return
    does = {job.rule.name: sentence(job.rule.name, job.rule.docstring) for job in jobs}
    does = {rule: words for rule, words in does.items() if words}
    logger.addHandler(Stages(logger, run, does))


def asked(settings: Any) -> bool:
    """Whether Snakemake runs, and is to be quiet about its rules.

    It can be told to be quiet about its progress, too; but then it lets nobody know that a job has
    ended, and neither stages nor the verb ``status`` could count them.
    """
    return not settings.dryrun and "RULES" in {one.name for one in settings.quiet or ()}


def is_shown(record: logging.LogRecord) -> bool:
    """Whether the terminal shows what Snakemake says beside the lines of stages."""
    return str(getattr(record, "event", None)) not in NOISE


def stage_of(rule: str) -> str:
    """The stage that a rule is part of: its own, but for those of figures and of films."""
    kind, _, name = rule.partition("_")
    return DRAWN[kind] if name and kind in DRAWN else rule


def sentence(rule: str, docstring: str | None) -> str:
    """What a rule does: its stage, and the first sentence of what its file says of it."""
    stage = stage_of(rule)
    if stage in DRAWN.values():
        return f"{stage}: Draw those whose numbers are there"
    first = " ".join((docstring or "").split("\n\n")[0].split()).removesuffix(".")
    return f"{stage}: {first.replace('{{', '{').replace('}}', '}')}" if first else ""
