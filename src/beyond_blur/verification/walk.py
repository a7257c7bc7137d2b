"""All results under a folder, judged."""

from __future__ import annotations

from pathlib import Path

from beyond_blur.config import Experiment
from beyond_blur.verification.beside import missing_pages
from beyond_blur.verification.findings import MEANINGS, Finding, Verdict
from beyond_blur.verification.judging import Judge
from beyond_blur.verification.listing import list_results
from beyond_blur.verification.reading import read_all
from beyond_blur.verification.registry import KINDS


def verify(folder: Path, experiment: Experiment | None, threads: int = 1) -> Verdict:
    """Compare every file under a folder with what it says of itself, and with what it should be.

    Nothing is changed. Each file is read once.

    Parameters
    ----------
    folder : path
        Of the results.
    experiment : Experiment, optional
        The present configuration; without one, no file is stale, missing or left over by it.
    threads : int
        Files that are read at a time.

    Raises
    ------
    ArtifactError
        If there is no such folder.
    """
    listing = list_results(folder, KINDS)
    held = dict(read_all(folder, listing.results, threads))
    judge = Judge(listing.results, held, experiment)
    judged = [judge.finding(path) for path in listing.results]
    named = {one.path for one in listing.findings}
    gone = {
        one.path: one
        for one in (*missing_pages(folder, listing), *judge.missing())
        if one.path not in named
    }
    findings = [*listing.findings, *filter(None, judged), *gone.values()]
    free = [file for file in listing.results.values() if file.kind.form == "free"]
    checked = [file for file in listing.results.values() if file.kind.form != "free"]
    return Verdict(
        sorted(findings, key=in_order), len(checked), len(free), sum(f.size for f in checked)
    )


def in_order(finding: Finding) -> tuple[int, str]:
    """The gravest first, each kind by path."""
    return list(MEANINGS).index(finding.what), finding.path
