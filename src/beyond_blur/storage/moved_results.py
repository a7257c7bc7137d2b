"""Results that were copied without Snakemake's record of them: only their dates can be compared."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

RECORDS = (".snakemake/metadata", ".snakemake/metadata.db")
"""Where Snakemake keeps what each result was made with, below the working folder."""

NO_RESULTS = ("logs", "report.html", "snakemake_report.html", "verify.json")
"""What lies in ``results`` and is no output of a rule."""

LINE = (
    "results/ came here without .snakemake, the record of what they were made with: only dates are "
    "compared, so that no change of the configuration or the code is seen. `python -m beyond_blur "
    "verify` says whether they are those of the configuration; `snakemake --cores 1 --touch "
    "--forceall` then takes them as they are."
)


def unrecorded(folder: Path) -> bool:
    """Whether a working folder has results, and no record of any.

    Parameters
    ----------
    folder : path
        The working folder; nothing in it is opened.
    """
    return any(_results(folder / "results")) and not any(map(_holds_any, _records(folder)))


def _records(folder: Path) -> Iterator[Path]:
    return (folder / name for name in RECORDS)


def _results(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from (path for path in folder.iterdir() if path.name not in NO_RESULTS)


def _holds_any(path: Path) -> bool:
    """Whether a file is there, or a folder in which something is."""
    return any(path.iterdir()) if path.is_dir() else path.exists()
