"""What a run is doing, kept in one small file while it goes on, and told in another terminal.

Snakemake's events come here, as they do to `beyond_blur.storage.job_errors`. Standard library only.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from beyond_blur.progress import clock
from beyond_blur.storage import atomic, run_estimate, run_locks
from beyond_blur.threads import machine

PLACE = Path(".snakemake/beyond_blur_run.json")
"""Where a run keeps it, in its working folder."""

PAUSE = 1.0
"""Seconds between two writings of the file, at least."""


class Journal(logging.Handler):
    """Keeps which jobs of a run are at work, which have failed, and how many are done.

    Parameters
    ----------
    place : path
        The file.
    title : str
        What is run, for a person.
    rules : mapping of str to int
        Jobs that will be done of each rule.
    code : str
        What the run's code is, for a person.
    """

    def __init__(self, place: Path, title: str, rules: Mapping[str, int], code: str = "") -> None:
        super().__init__()
        self.place, self.written = place, 0.0
        self.run: dict[str, Any] = {
            "title": title, "host": socket.gethostname(), "pid": os.getpid(),
            "began": time.time(), "ended": None, "done": 0, "total": sum(rules.values()),
            "working": {}, "failed": {}, "code": code,
            "machine": machine(),
            "rules": {name: {"total": n, "done": 0, "seconds": 0.0} for name, n in rules.items()},
        }  # fmt: skip
        self.write()

    def emit(self, record: logging.LogRecord) -> None:
        """Note an event."""
        event, told = str(getattr(record, "event", None)), vars(record)
        working, failed = self.run["working"], self.run["failed"]
        if event == "job_info":
            names = [str(value) for value in dict(told.get("wildcards") or {}).values()]
            failed.pop(str(told["jobid"]), None)  # it is tried again
            working[str(told["jobid"])] = {
                "rule": told["rule_name"], "of": " ".join(names),
                "log": next(iter(told.get("log") or ()), None), "since": time.time(),
            }  # fmt: skip
        elif event == "job_finished":
            job = working.pop(str(told["job_id"]), None)
            self.run["done"] += 1
            if job is not None and job["rule"] in self.run["rules"]:
                of = self.run["rules"][job["rule"]]
                of["done"] += 1
                of["seconds"] += time.time() - job["since"]
        elif event in ("job_error", "group_error"):
            for job in told.get("job_error_info") or [told]:
                number = str(job["jobid"])
                if number in working:
                    failed[number] = working.pop(number)
        else:
            return
        if time.time() - self.written > PAUSE:
            self.write()

    def close(self) -> None:
        """The run is over."""
        if self.run["ended"] is None:
            self.run["ended"] = time.time()
            self.write()
        super().close()

    def write(self) -> None:
        """Write the file; that it cannot be written stops no run."""
        self.written = time.time()
        try:
            atomic.write_json(self.place, self.run)
        except OSError as error:
            self.run["ended"] = self.written
            logging.getLogger("beyond_blur").warning("%s cannot be written: %s", self.place, error)


def keep(logger: logging.Logger, jobs: Iterable[Any], title: str, code: str) -> Mapping[str, Any]:
    """Keep the journal of a run in its working folder; what it keeps, as it is kept.

    Parameters
    ----------
    logger : Logger
        Snakemake's.
    jobs : iterable
        Snakemake's, that will be done.
    title, code : str
        As of `Journal`.
    """
    counts = Counter(job.rule.name for job in jobs)
    journal = Journal(PLACE.absolute(), title, counts, code)
    logger.addHandler(journal)
    return journal.run


def lines(run: Mapping[str, Any], folder: Path, now: float) -> Iterator[str]:
    """What a journal says, for a person.

    Parameters
    ----------
    run : mapping
        The content of the file.
    folder : path
        The working folder of the run.
    now : float
        Seconds of the epoch.
    """
    going = goes_on(run, folder)
    spent = (now if going else run["ended"] or now) - run["began"]
    began = time.strftime("%Y-%m-%d %H:%M", time.localtime(run["began"]))
    left = run_estimate.seconds_left(run, folder, now) if going else None
    about = "" if left is None else f", about {clock(left)} left"
    state = f"{clock(spent)} so far{about}" if going else "over" if run["ended"] else "killed"
    yield f"{run['title']}: {run['done']:,} of {run['total']:,} jobs done; began {began}, {state}"
    for job in run["working"].values():
        yield f"  {_named(job)}: {_last_word(job, folder)}"
    for job in run["failed"].values():
        yield f"  failed: {_named(job)}: {_last_word(job, folder)} (log: {job['log']})"
    if not going and run["done"] < run["total"]:
        yield "The same command goes on from there."


def goes_on(run: Mapping[str, Any], folder: Path) -> bool:
    """Whether the run still works; of one of another machine its own word is taken."""
    if run["ended"] is not None:
        return False
    elsewhere = run["host"] != socket.gethostname()
    return elsewhere or run_locks.works_in(run_locks.PROCESSES / str(run["pid"]), folder)


def _named(job: Mapping[str, Any]) -> str:
    return f"{job['rule']} {job['of']}".strip()


def _last_word(job: Mapping[str, Any], folder: Path) -> str:
    """The last line of a job's log that is of this run."""
    if job["log"] is None:
        return "keeps no log"
    return run_estimate.last_words(job, folder) or "begins"
