"""What a walk found, for the terminal and for programs."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from beyond_blur.storage.sizes import in_bytes
from beyond_blur.verification.findings import FAULTS, MEANINGS, Finding, Verdict

NO_CONFIGURATION = (
    "no configuration: give --configfile FILE to see which results are stale or left over"
)


def to_text(verdict: Verdict, folder: Path, configuration: list[str]) -> str:
    """A heading for each kind of finding, a line for each; counts and the verdict at the end.

    Parameters
    ----------
    verdict : Verdict
    folder : path
        Of the results, as it was given.
    configuration : list of str
        Files that the configuration was read from; none if there is none.
    """
    lines = by_kind(verdict, folder)
    against = f"configuration: {', '.join(configuration)}" if configuration else NO_CONFIGURATION
    return "\n".join([*lines, printable(against), *summary(verdict, folder)])


def of_archive(verdict: Verdict, about: dict[str, Any], files: int, same_code: bool) -> str:
    """The same of an archive's results, with what packed it.

    Parameters
    ----------
    verdict : Verdict
    about : dict
        What the archive says of the code.
    files : int
        Whose checksums were compared.
    same_code : bool
        Whether the code here is the one that packed it.
    """
    folder = Path("results")
    code = "the code here" if same_code else "other code than here"
    named = (
        f"packed by {code}: beyond_blur {about.get('beyond_blur')}, commit {about.get('commit')}"
    )
    sound = "tables follow from the numbers" if verdict.clean else "not sound"
    lines = [*by_kind(verdict, folder), printable(named), f"{files:,} checksums compared"]
    return "\n".join([*lines, *summary(verdict, folder), sound])


def by_kind(verdict: Verdict, folder: Path) -> list[str]:
    """A heading for each kind of finding, and a line for each."""
    lines = []
    for what, meaning in MEANINGS.items():
        found = verdict.of(what)
        if found:
            lines += [f"{what} ({len(found)}): {meaning}"]
            lines += [f"  {one_line(finding, folder)}" for finding in found] + [""]
    return lines


def one_line(finding: Finding, folder: Path) -> str:
    """A finding as a line: the file, what is wrong, what to do."""
    path = folder / finding.path
    words = finding.words.removeprefix(f"{path} ")
    return printable(f"{path}: {words}; {finding.advice}")


def summary(verdict: Verdict, folder: Path) -> list[str]:
    """How much was checked, and what came out."""
    size = in_bytes(verdict.size)
    checked = f"{verdict.checked:,} files checked ({size}), {verdict.unchecked:,} have no manifest"
    counts = {what: len(verdict.of(what)) for what in MEANINGS}
    faults = ", ".join(f"{counts[what]} {what}" for what in FAULTS if counts[what])
    notes = ", ".join(f"{n} {what}" for what, n in counts.items() if what not in FAULTS and n)
    verdict_line = f"{folder}: {faults or 'nothing is damaged, foreign or stale'}"
    return [checked, printable(verdict_line + (f"; notes: {notes}" if notes else ""))]


def printable(text: str) -> str:
    """A text in one line, whatever a file is called."""
    return "".join(c if c.isprintable() else as_code(c) for c in text)


def as_code(character: str) -> str:
    """A character as an escape: also a newline, and a byte that is no text."""
    return character.encode("unicode_escape", "surrogatepass").decode()


def to_json(verdict: Verdict, folder: Path, configuration: list[str]) -> dict[str, Any]:
    """The same as plain values.

    Returns
    -------
    dict
        ``clean``, ``counts`` by kind, ``checked``, ``unchecked``, ``bytes``, the files of the
        ``configuration`` and ``findings``, each with ``what``, ``path``, ``words``, ``way_out``,
        and of a file that differs ``key``, ``wanted`` and ``found``.
    """
    findings = [
        {**dataclasses.asdict(finding), "way_out": finding.advice} for finding in verdict.findings
    ]
    return {
        "results": str(folder),
        "configuration": configuration,
        "clean": verdict.clean,
        "counts": {what: len(verdict.of(what)) for what in MEANINGS},
        "checked": verdict.checked,
        "unchecked": verdict.unchecked,
        "bytes": verdict.size,
        "findings": findings,
    }
