"""What the logs of a failed job of the workflow say, in one line.

A rule's own log has the error of its verb. Where a cluster or a cloud ran the job, its log has what
happened around it: that it was killed, that a program was not there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

TAIL = 2**16
"""Bytes of a log's end that are looked at."""

ERROR = re.compile(r"beyond_blur \w+: error: .*")
"""The line with which a verb ends that knows what is wrong (`beyond_blur.cli.faults.report`)."""

SIGNS = {
    r"oom.?kill|out of memory": "it was killed for taking more memory than it had",
    r"due to time limit": "its time limit ended it",
    r"due to preemption": "the scheduler ended it for another job",
    r"due to node failure": "its node failed",
    r"CANCELLED AT": "it was cancelled",
    r"\bKilled\b|exit status 137": "it was killed, as by the system when memory runs out",
}
"""What lines of a cluster's log mean."""

TROUBLE = re.compile(r"error|not found|no such file|denied|cannot|unable", re.IGNORECASE)
"""A line of a cluster's log that may say why a job never came to its verb."""

EMPTY = re.compile(
    r"^\s|^Error in |^WorkflowError:|^RuleException:|^CalledProcessError|^Command '"
    r"|^Exiting because|[Ee]xited with exit code"
)
"""Lines of Snakemake and of the cluster that say no more than that there was an error."""


def why(rule: str, logs: Iterable[Path | str]) -> str:
    """Why a job failed, on one line.

    Parameters
    ----------
    rule : str
        Name of its rule.
    logs : iterable of path
        Its logs; there may be none.
    """
    for log in logs:
        return f"rule {rule} failed: {last_words(log)} (log: {log})"
    return f"rule {rule} failed, and has no log"


def last_words(log: Path | str) -> str:
    """The error that a log ends with; where it has none, its last line and what that means."""
    try:
        lines = tail(log)
    except OSError as error:
        return f"its log cannot be read ({error.strerror})"
    words = "it ended without an error of its own, as when it is killed or out of memory"
    return error_of(lines) or f"{words}; {said(lines)}"


def tail(log: Path | str) -> list[str]:
    """Lines of a log's end."""
    with Path(log).open("rb") as file:
        file.seek(max(0, Path(log).stat().st_size - TAIL))
        return file.read().decode(errors="replace").splitlines()


def error_of(lines: Iterable[str]) -> str | None:
    """The last error of a verb among these lines."""
    told = [found[0] for one in lines if (found := ERROR.search(one))]
    return told[-1] if told else None


def said(lines: Iterable[str]) -> str:
    """The last line that is not empty, as words."""
    spoken = [one.strip() for one in lines if one.strip()]
    return f"last it said: {spoken[-1]}" if spoken else "it said nothing"


def around(lines: list[str]) -> str | None:
    """What a cluster's log says of the end of its job; None where it tells nothing."""
    for sign, meaning in SIGNS.items():
        if any(re.search(sign, one, re.IGNORECASE) for one in lines):
            return meaning
    trouble = [one for one in lines if TROUBLE.search(one) and not EMPTY.search(one)]
    return f"the cluster's log says: {trouble[-1].strip()}" if trouble else None
