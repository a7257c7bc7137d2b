"""About how long a run still takes, by what its jobs took so far. Standard library only."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from beyond_blur.storage import job_logs

LEFT = re.compile(r"\b(\d+(?::\d\d){1,2}) left$")
"""The time left at the end of a line of `beyond_blur.progress.Progress`."""

LONGEST = "train"
"""The rule whose jobs take most of a run: before one has spoken of its time, nothing is known."""


def last_words(job: Mapping[str, Any], folder: Path) -> str | None:
    """The last line of a job's log that is of this run; None without one.

    Parameters
    ----------
    job : mapping
        As `beyond_blur.storage.run_journal.Journal` keeps it.
    folder : path
        The working folder of the run.
    """
    if job["log"] is None:
        return None
    try:
        log = folder / job["log"]
        spoken = [one.strip() for one in job_logs.tail(log) if one.strip()]
        return spoken[-1] if spoken and log.stat().st_mtime >= job["since"] - 1 else None
    except OSError:
        return None


def seconds_left(run: Mapping[str, Any], folder: Path, now: float) -> float | None:
    """About how long the rest of a run takes; None before that is known.

    A job is expected to take what those of its rule took, counting what jobs at work say of
    themselves; one of a rule that nothing is known of, the mean of all but trainings. As many are
    expected to work side by side as did so far.

    Parameters
    ----------
    run : mapping
        The content of a journal.
    folder : path
        The working folder of the run.
    now : float
        Seconds of the epoch.
    """
    working, rules = list(run["working"].values()), run.get("rules") or {}
    told = [(job, now - job["since"], _told(job, folder)) for job in working]
    known = {rule: (of["done"], of["seconds"]) for rule, of in rules.items()}
    for job, age, left in told:
        if left is not None and job["rule"] in known:
            jobs, seconds = known[job["rule"]]
            known[job["rule"]] = jobs + 1, seconds + age + left
    # Jobs of a rule that nothing is known of are rarely as long as trainings.
    short = [of for rule, of in known.items() if rule != LONGEST and of[0]] or list(known.values())
    counted, spent = sum(n for n, _ in short), sum(s for _, s in short)
    worked = sum(of["seconds"] for of in rules.values()) + sum(age for _, age, _ in told)
    if not counted or not worked or not known.get(LONGEST, (1, 0))[0]:
        return None
    expected = {rule: (s / n if n else spent / counted) for rule, (n, s) in known.items()}
    rest = sum(_waiting(run, expected))
    for job, age, left in told:
        rest += max(0.0, expected.get(job["rule"], 0.0) - age) if left is None else left
    return float(rest * (now - run["began"]) / worked)


def _told(job: Mapping[str, Any], folder: Path) -> float | None:
    """The time left by a job's own last words, in seconds."""
    found = LEFT.search(last_words(job, folder) or "")
    if found is None:
        return None
    seconds = 0
    for part in found[1].split(":"):
        seconds = 60 * seconds + int(part)
    return float(seconds)


def _waiting(run: Mapping[str, Any], expected: Mapping[str, float]) -> Iterator[float]:
    """What the jobs of each rule will take that have not begun."""
    for rule, of in run["rules"].items():
        begun = of["done"] + sum(job["rule"] == rule for job in run["working"].values())
        yield max(0, of["total"] - begun) * expected[rule]
