"""All results under a folder, judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from beyond_blur.config import Experiment
from beyond_blur.verification.beside import missing_pages
from beyond_blur.verification.findings import MEANINGS, Finding, Verdict
from beyond_blur.verification.judging import Judge
from beyond_blur.verification.kinds import Kind
from beyond_blur.verification.listing import list_results
from beyond_blur.verification.reading import Held, Result, read_all
from beyond_blur.verification.registry import KINDS


@dataclass(frozen=True)
class Walk:
    """What was found under a folder.

    Attributes
    ----------
    verdict : Verdict
    results : dict of str to Result
        The files that were read, by their paths.
    held : dict of str to Held or Exception
        What each says of itself.
    manifests : list of str
        Paths of manifests that lie beside results.
    """

    verdict: Verdict
    results: dict[str, Result]
    held: dict[str, Held | Exception]
    manifests: list[str]


def verify(folder: Path, experiment: Experiment | None, threads: int = 1) -> Verdict:
    """What `walk` says of all files under a folder."""
    return walk(folder, experiment, threads).verdict


def walk(
    folder: Path,
    experiment: Experiment | None,
    threads: int = 1,
    among: Callable[[str, Kind], bool] = lambda path, kind: True,
) -> Walk:
    """Compare files under a folder with what they say of themselves, and with what they should be.

    Nothing is changed. Each file is read once.

    Parameters
    ----------
    folder : path
        Of the results.
    experiment : Experiment, optional
        The present configuration; without one, no file is stale, missing or left over by it.
    threads : int
        Files that are read at a time.
    among : function of a path and its kind
        Whether a file is meant: the others are as good as not there.

    Raises
    ------
    ArtifactError
        If there is no such folder.
    """
    listing = list_results(folder, KINDS)
    meant = {path: file for path, file in listing.results.items() if among(path, file.kind)}
    listing = replace(listing, results=meant)
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
    verdict = Verdict(
        sorted(findings, key=in_order), len(checked), len(free), sum(f.size for f in checked)
    )
    return Walk(verdict, listing.results, held, listing.manifests)


def in_order(finding: Finding) -> tuple[int, str]:
    """The gravest first, each kind by path."""
    return list(MEANINGS).index(finding.what), finding.path
