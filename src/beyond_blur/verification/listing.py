"""The files under a results' folder, each by what it is: a result, or something that is none."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from beyond_blur.storage.atomic import ArtifactError
from beyond_blur.verification.findings import Finding
from beyond_blur.verification.kinds import Kind, match
from beyond_blur.verification.reading import Result

MANIFEST = ".manifest.json"
"""Ending of the manifest that lies beside a table or a picture."""

PARTS = ".parts"
"""Ending of a folder of finished batches."""

PAGES = (".csv", ".png", ".gif", ".jsonl")
"""Endings of what such a manifest is called after: the first file of its verb."""

KEPT_STATE = re.compile(r"checkpoints/[^/]+/[^/]+/state\.[^/]+\.pt")
"""A state that a training could not go on from, and has kept aside."""

LOCK = re.compile(r"checkpoints/[^/]+/[^/]+/state\.pt\.lock")
"""What a training holds while it runs."""

SNAKEMAKE = ".snakemake"
"""Snakemake's own folder, where results are the working folder itself."""


@dataclass
class Listing:
    """What lies under a folder.

    Attributes
    ----------
    results : dict of str to Result
        Files at the paths of results, by these.
    manifests : list of str
        Paths of manifests that lie beside results.
    findings : list of Finding
        What can be said without opening a file.
    """

    results: dict[str, Result] = field(default_factory=dict)
    manifests: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def list_results(folder: Path, kinds: Sequence[Kind]) -> Listing:
    """Sort every file under a folder.

    Parameters
    ----------
    folder : path
    kinds : sequence of Kind

    Raises
    ------
    ArtifactError
        If there is no such folder.
    """
    if not folder.is_dir():
        raise ArtifactError(f"{folder} is no folder of results: name that of a run")
    listing = Listing()
    for path, entry in entries(folder, listing):
        place(path, entry, kinds, listing)
    return listing


def entries(folder: Path, listing: Listing) -> Iterator[tuple[str, os.stat_result | None]]:
    """Every file, in the order of the paths, with what the system knows of it.

    Links are followed, no folder twice. None stands for a link to nothing.
    """

    def unlisted(error: OSError) -> None:
        where = Path(error.filename).relative_to(folder).as_posix()
        listing.findings.append(
            Finding("damaged", where, f"cannot be listed: {error.strerror}", "make it readable")
        )

    seen: set[tuple[int, int]] = set()
    for here, folders, files in os.walk(folder, onerror=unlisted, followlinks=True):
        status = Path(here).stat()
        if (status.st_dev, status.st_ino) in seen:
            folders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        names = sorted((*files, *(n for n in folders if n != SNAKEMAKE)))
        folders[:] = sorted(n for n in folders if not closed(n))
        for name in names:
            path = Path(here, name)
            relative = path.relative_to(folder).as_posix()
            try:
                yield relative, path.stat()
            except OSError:
                yield relative, None


def closed(name: str) -> bool:
    """Whether a folder is a thing of its own, whose files are not told one by one."""
    return name.startswith(".") or name.endswith(PARTS)


def place(
    path: str, status: os.stat_result | None, kinds: Sequence[Kind], listing: Listing
) -> None:
    """Put one file, or folder, where it belongs."""
    found = match(kinds, path)
    if status is not None and stat.S_ISDIR(status.st_mode):
        if found is not None and found[0].form != "free":
            listing.findings.append(Finding("damaged", path, "is a folder, not a file"))
        elif closed(PurePosixPath(path).name):
            listing.findings.append(left_over(path))
        return
    if status is None or not stat.S_ISREG(status.st_mode):
        words = "is a link to nothing" if status is None else "is no regular file"
        listing.findings.append(Finding("damaged", path, words))
    elif found is not None:
        listing.results[path] = Result(path, *found, status.st_size)
    elif is_manifest(path, kinds):
        listing.manifests.append(path)
    else:
        listing.findings.append(left_over(path))


def is_manifest(path: str, kinds: Sequence[Kind]) -> bool:
    """Whether a path is that of a manifest beside a result."""
    stem = path.removesuffix(MANIFEST)
    found = [match(kinds, stem + ending) for ending in PAGES] if stem != path else []
    return any(one is not None and one[0].form == "page" for one in found)


def left_over(path: str) -> Finding:
    """What is to be said of a file, or folder, that is no result."""
    name = PurePosixPath(path).name
    if name.startswith("."):
        words = "temporary of a process that was killed, or is at work now"
        return Finding("left over", path, words, "the next write beside it removes it, or you do")
    if name.endswith(PARTS):
        words = "finished batches of a result that is not whole"
        return Finding("left over", path, words, "run the workflow: it goes on from them")
    if KEPT_STATE.fullmatch(path):
        words = "training state that another run could not go on from, kept aside"
        return Finding("left over", path, words, "delete it if you do not go back to it")
    if LOCK.fullmatch(path):
        words = "lock of a training that runs, or was killed"
        return Finding("left over", path, words, "nothing to do: it stands in nobody's way")
    way_out = "move it out of the results, or delete it"
    return Finding("foreign", path, "no rule makes such a file", way_out)
