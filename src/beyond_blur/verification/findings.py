"""What can be said against a file, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

What = Literal["damaged", "foreign", "stale", "missing", "left over"]

MEANINGS: dict[What, str] = {
    "damaged": "changed since it was written, or not readable",
    "foreign": "belongs to another place, or to no rule",
    "stale": "the present configuration, or the files there now, would give another one",
    "missing": "something was made from it, and it is gone (a note)",
    "left over": "no result of the present configuration (a note)",
}
"""Every kind of finding, the gravest first."""

FAULTS: tuple[What, ...] = ("damaged", "foreign", "stale")
"""Findings with which results are not to be trusted; the others are notes."""

AGAIN = "delete it and run the workflow again"
WAYS_OUT: dict[What, str] = {
    "damaged": AGAIN,
    "foreign": f"put the right file there, or {AGAIN}",
    "stale": f"{AGAIN}, or give its configuration",
    "missing": "nothing to do if you deleted it: the workflow makes it again when it needs it",
    "left over": "delete it if you do not want it",
}
"""What to do, where a finding says nothing better."""


@dataclass(frozen=True)
class Finding:
    """One thing to be said of one file.

    Attributes
    ----------
    what : What
    path : str
        Below the results' folder.
    words : str
        What is wrong, as the end of a sentence about the file.
    way_out : str
        Empty for the usual one.
    key, wanted, found
        Of a file that differs: the first key, what it should be, what the file says.
    """

    what: What
    path: str
    words: str
    way_out: str = ""
    key: str | None = None
    wanted: Any = None
    found: Any = None

    @property
    def advice(self) -> str:
        """What to do."""
        return self.way_out or WAYS_OUT[self.what]


@dataclass(frozen=True)
class Verdict:
    """What a walk found.

    Attributes
    ----------
    findings : list of Finding
        By kind, then by path.
    checked : int
        Files whose content was compared with their manifests.
    unchecked : int
        Files without one: logs, pictures of a training run.
    size : int
        Bytes that were checked.
    """

    findings: list[Finding]
    checked: int
    unchecked: int
    size: int

    def of(self, what: What) -> list[Finding]:
        """The findings of one kind."""
        return [finding for finding in self.findings if finding.what == what]

    @property
    def clean(self) -> bool:
        """Whether nothing is damaged, foreign or stale."""
        return not any(self.of(what) for what in FAULTS)
