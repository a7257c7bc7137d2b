"""Every job that fails is one line on the terminal, whichever executor ran it.

Snakemake tells of a failed job in thousands of characters: its command, its files, the call of
the cluster, and not why. Its events come here; the line says which rule, why, and where the log
lies. All that Snakemake says stays in its own log (``.snakemake/log``). Standard library only.
"""

from __future__ import annotations

import glob
import logging
import re
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from beyond_blur.storage import job_logs, run_stages

STATE = re.compile(r"SLURM status is: '(\w+)'")

STATES = {
    "CANCELLED": "it was cancelled, by scancel or by an administrator",
    "OUT_OF_MEMORY": "it took more memory than it asked for: set-resources gives it more (mem_mb)",
    "TIMEOUT": "its time limit ended it: longest_job, or set-resources (runtime), gives it more",
    "DEADLINE": "its deadline passed",
    "NODE_FAIL": "its node failed",
    "BOOT_FAIL": "its node did not start",
    "PREEMPTED": "the scheduler ended it for another job",
}
"""What SLURM's last word on a job means; that it has failed (FAILED) means nothing."""

REFUSED = re.compile(r"sbatch failed|submission failed|Error submitting", re.IGNORECASE)
"""In Snakemake's words on a job that no cluster has taken."""

REFUSAL = re.compile(r"(?:error|submission failed with exception): *(.+)", re.IGNORECASE)

NEVER_BEGAN = "it never began, as when it is cancelled while it waits"

SKEW = 60
"""Seconds by which the clock of a file server may be wrong."""

QUIET = ("job_error", "group_error")
"""Events that the terminal does not show: their line stands in their place."""

ELSEWHERE = ("SLURM sbatch failed for array", "Exception in run_", "RuleException:\nCalledProcess")
"""How messages begin that Snakemake repeats in the event of the job."""


NOISE = (
    "Assuming unrestricted shared filesystem",
    "Using shell:",
    "Conda environments: ignored",
    "Rules claiming more threads",
    "Select jobs to execute",
    "Complete log(s):",
    "Exiting because a job execution failed",
    "WorkflowError:\nAt least one job did not complete successfully",
)
"""How messages begin that say nothing of this run, or what the line of a failed job says better."""


class JobErrors(logging.Handler):
    """Listens to Snakemake's events, and says one line of every job that fails.

    Parameters
    ----------
    logger : Logger
        Snakemake's.
    logs : path
        Folder of the executors' logs, in files that are named by the job's number.
    """

    def __init__(self, logger: logging.Logger, logs: Path) -> None:
        super().__init__()
        self.logger, self.logs = logger, logs
        self.started: dict[int, float] = {}
        self.array_refused = ""
        self.lines: dict[int, str] = {}
        self.in_sight: set[int] = set()

    def emit(self, record: logging.LogRecord) -> None:
        """Note when jobs start, and tell of one that fails."""
        event = str(getattr(record, "event", None))
        if event in ("job_info", "job_finished"):
            self.in_sight.clear()
        if event == "job_info":
            self.started[vars(record)["jobid"]] = time.time()
        elif event == "job_error" and not vars(record)["indent"]:
            self._tell(record)
        elif event == "group_error":
            self._tell_group(record)
        elif record.getMessage().startswith(ELSEWHERE[0]):
            self.array_refused = record.getMessage()

    def _tell(self, record: logging.LogRecord) -> None:
        job = vars(record)
        number = job["aux"].get("external_jobid")
        message = job["rule_msg"] or ""
        if "failed array sbatch" in message:
            message = self.array_refused
        logs = [self._here(log) for log in job["log"]]
        since = self.started.get(job["jobid"], 0.0) - SKEW
        line = told(job["rule_name"], logs + self._executors(number, logs), number, message, since)
        self._say(job["jobid"], line)

    def _tell_group(self, record: logging.LogRecord) -> None:
        """Of the jobs of a group, those whose verbs say an error; else the group as a whole."""
        group = vars(record)
        number = group.get("external_jobid")
        shared = [Path(log) for log in group["aux_logs"]]
        shared += self._executors(number, shared)
        jobs = group["job_error_info"]
        failed = [one for one in jobs if _error_in(map(self._here, one["log"]), 0.0)] or jobs[:1]
        for job in failed:
            logs = [self._here(log) for log in job["log"]]
            line = told(job["rule_name"], logs + shared, number, group.get("msg") or "", 0.0)
            self._say(job["jobid"], line)

    def _say(self, jobid: int, line: str) -> None:
        self.lines[jobid] = line
        self.in_sight.add(jobid)
        self.logger.error(line)

    def _here(self, log: str) -> Path:
        """A log by the name that an event gives it; of one in a storage, the copy that is here."""
        name, note, _ = log.partition(" (send to storage)")
        if not note:
            return Path(log)
        place = glob.escape(re.sub(r"^\w+://", "", name).lstrip("/"))
        return next(iter(sorted(self.logs.glob(f"storage/*/{place}"))), Path(name))

    def _executors(self, number: str | None, known: Iterable[Path]) -> list[Path]:
        """An executor's log of a job, where it was not named or not rightly (SLURM's arrays)."""
        if number is None or any(number in log.name and log.exists() for log in known):
            return []
        return sorted(self.logs.glob(f"*_logs/**/{number}.log"))

    def out_of_sight(self, failed: Iterable[Any]) -> Iterator[str]:
        """Lines of Snakemake's jobs that failed, but for those that nothing has followed."""
        for one in failed:
            for job in one.jobs if one.is_group() else [one]:
                line = self.lines.get(job.jobid)
                if line is None and not one.is_group():
                    line = job_logs.why(job.rule.name, job.log)
                if line and job.jobid not in self.in_sight:
                    yield line


def listen(logger: logging.Logger, logs: Path, settings: Any) -> JobErrors:
    """Have every failed job told in one line, and Snakemake's own words kept to its log file.

    Under ``--quiet rules`` that is so of its progress, too, whose place `run_stages` takes. With
    ``--verbose`` or ``--show-failed-logs`` the terminal has all of it.
    """
    errors = JobErrors(logger, logs)
    logger.addHandler(errors)
    if settings.verbose or settings.show_failed_logs:
        return errors
    for handler in logger.handlers:
        if handler.name == "DefaultStreamHandler":
            handler.addFilter(is_shown)
            if run_stages.asked(settings):
                handler.addFilter(run_stages.is_shown)
    return errors


def is_shown(record: logging.LogRecord) -> bool:
    """Whether the terminal shows what Snakemake says: no `NOISE`, nor of a job that fails."""
    if str(getattr(record, "event", None)) in QUIET:
        return False
    return not record.getMessage().startswith((*ELSEWHERE, *NOISE))


def told(
    rule: str, logs: list[Path], number: str | None = None, message: str = "", since: float = 0.0
) -> str:
    """Why a job failed, on one line.

    Parameters
    ----------
    rule : str
    logs : list of path
        Its rule's logs, then those of the executor.
    number : str, optional
        Its number at the cluster.
    message : str
        What the executor says of it.
    since : float
        When the job began, in seconds of the epoch: an older log is another run's.
    """
    if number is None and REFUSED.search(message):
        return f"rule {rule} could not be submitted: {refusal(message)}"
    place = f" in job {number}" if number else ""
    told_in = _error_in(logs, since)
    if told_in:
        error, log = told_in
        return f"rule {rule} failed{place}: {error} (log: {log})"
    kept = [log for log in logs if _is_of(log, since)]
    if number is None:
        return job_logs.why(rule, kept or logs)
    return f"rule {rule} failed{place}: {_without_error(kept, message)}"


def refusal(message: str) -> str:
    """The first error of a submission, without the call that it was made with."""
    found = REFUSAL.search(message)
    if found:
        return found[1].strip(" '.")
    first, *more = message.strip().splitlines()
    # Of cluster-generic's command only what it printed comes here; its errors went to the terminal.
    return more[-1].strip() if more else f"{first.strip(' :.')}: what the command said stands above"


def _error_in(logs: Iterable[Path], since: float) -> tuple[str, Path] | None:
    """The error of a verb, and the log that has it."""
    for log in logs:
        if _is_of(log, since) and (error := job_logs.error_of(job_logs.tail(log))):
            return error, log
    return None


def _is_of(log: Path, since: float) -> bool:
    """Whether a log is there and of this run."""
    try:
        return log.stat().st_mtime >= since
    except OSError:
        return False


def _without_error(logs: list[Path], message: str) -> str:
    """What ended a job of a cluster whose verb says no error."""
    state = STATE.search(message)
    meaning = STATES.get(state[1]) if state else None
    if not logs:
        return f"{meaning or _executor_says(message) or NEVER_BEGAN}; it has left no log"
    meaning = meaning or job_logs.around(job_logs.tail(logs[-1])) or _executor_says(message)
    meaning = meaning or "it ended without an error of its own"
    # The rule's log, which stands first, has the verb's last words.
    words = "" if len(logs) == 1 else f"; {job_logs.said(job_logs.tail(logs[0]))}"
    return f"{meaning}{words} (log: {logs[0]})"


def _executor_says(message: str) -> str | None:
    """The first sentence of an executor on a job that failed, where it has one of its own."""
    first = message.strip().partition("\n")[0].partition("For further error details")[0].strip()
    return None if not first or STATE.search(first) else first
