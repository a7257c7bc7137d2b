"""Whether the lock of a run is one that a killed Snakemake has left."""

from __future__ import annotations

import os
from pathlib import Path

PROCESSES = Path("/proc")


def stale(folder: Path | str) -> bool:
    """Whether a working folder is locked, and no Snakemake of this machine works in it.

    False where it is not locked, and where processes cannot be listed. One of another machine that
    shares the folder is not seen.

    Parameters
    ----------
    folder : path
        Working folder of the run, with ``.snakemake`` in it.
    """
    folder = Path(folder).resolve()
    locked = any((folder / ".snakemake/locks").glob("*.lock"))
    return locked and PROCESSES.is_dir() and not any(works_in(p, folder) for p in _others())


def works_in(process: Path, folder: Path) -> bool:
    """Whether a process is a Snakemake that works in a folder; others cannot be looked into."""
    try:
        words = (process / "cmdline").read_bytes().split(b"\0")[:5]
        named = any(word.rpartition(b"/")[2] == b"snakemake" for word in words)
        return named and (process / "cwd").readlink() == folder
    except OSError:
        return False


def _others() -> list[Path]:
    """Processes but for this one."""
    return [p for p in PROCESSES.iterdir() if p.name.isdigit() and int(p.name) != os.getpid()]
