"""What a failed job of the workflow said last, for the terminal: its log lies in a file."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

TAIL = 2**16
"""Bytes of a log's end that are looked at."""

ERROR = re.compile(r"beyond_blur \w+: error: .*")
"""The line with which a verb ends that knows what is wrong (`beyond_blur.cli.faults.report`)."""


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
        with Path(log).open("rb") as file:
            file.seek(max(0, Path(log).stat().st_size - TAIL))
            lines = file.read().decode(errors="replace").splitlines()
    except OSError as error:
        return f"its log cannot be read ({error.strerror})"
    told = [found[0] for one in lines if (found := ERROR.search(one))]
    if told:
        return told[-1]
    said = [one.strip() for one in lines if one.strip()]
    last = f"last it said: {said[-1]}" if said else "it said nothing"
    return f"it ended without an error of its own, as when it is killed or out of memory; {last}"
