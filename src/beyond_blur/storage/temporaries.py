"""Where a file lies while it is written, and what is done with what a killed process left there.

Every write has a hidden folder of its own beside the file it will become: libraries put further
files there under names of their own choosing (safetensors writes ``.tmpXXXXXX`` and renames it). A
lock on a file of the folder says that its writer lives: the system drops it when the process ends,
however it ends, and no number of a process can be taken for that of another one.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import platform
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from beyond_blur.storage.lock import Held, only_one

PREFIX = ".unfinished-"
"""How the folders' names begin; the machine's name and a random part follow."""

WRITER = ".writer"
"""What a living writer holds the lock of (`storage.lock`)."""

UNLOCKED = ".without-lock"
"""A file that is there where the file system knows no locks: the folder's age decides."""

LONG = 2 * 24 * 3600.0
"""Seconds for which the folder of another machine has to be untouched. Some file systems keep locks
to one machine only, so that a free lock says nothing of a writer elsewhere; but a writer touches
its files, and even one suspended over a night or waiting for a file server comes back sooner."""


@contextlib.contextmanager
def workplace(folder: Path) -> Iterator[Path]:
    """A fresh folder inside ``folder``, removed at the end with all that is in it.

    Folders that killed writers have left in ``folder`` are removed first; none of that fails.

    Raises
    ------
    OSError
        If the folder cannot be made.
    """
    with contextlib.ExitStack() as lock:
        place = _occupy(folder, lock)
        try:
            sweep(folder, place.stat().st_mtime)
            yield place
        finally:
            shutil.rmtree(place, ignore_errors=True)


def sweep(folder: Path, now: float) -> None:
    """Remove what dead writers have left in ``folder``; what cannot be removed stays.

    Parameters
    ----------
    folder : path
    now : float
        The time by the clock of the file system that holds the folder, seconds.
    """
    for place in left_in(folder):
        with contextlib.suppress(OSError):
            _remove_if_dead(place, now)


def left_in(folder: Path) -> list[Path]:
    """Folders of writers in ``folder``, of living and of dead ones."""
    try:
        with os.scandir(folder) as entries:
            return [Path(entry.path) for entry in entries if entry.name.startswith(PREFIX)]
    except OSError:
        return []


def _occupy(folder: Path, lock: contextlib.ExitStack) -> Path:
    """A fresh folder, locked until ``lock`` ends."""
    while True:
        place = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{_machine()}-", dir=folder))
        # Until the lock is held another process may take this folder for one left behind.
        with contextlib.suppress(FileNotFoundError, Held):
            if not lock.enter_context(only_one(place / WRITER)):
                (place / UNLOCKED).touch()
            return place


def _remove_if_dead(place: Path, now: float) -> None:
    ours = place.name.startswith(f"{PREFIX}{_machine()}-")
    files = {path.name: path.stat().st_mtime for path in place.iterdir()}
    touched = max(place.stat().st_mtime, *files.values(), 0)
    if (not ours or UNLOCKED in files) and now - touched < LONG:
        return
    with contextlib.suppress(Held), only_one(place / WRITER) as locks:
        if locks or UNLOCKED in files:
            shutil.rmtree(place, ignore_errors=True)


@functools.cache
def _machine() -> str:
    """The machine since it was started last: locks do not outlive that."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii")
    except OSError:
        boot = ""
    return hashlib.sha256(f"{platform.node()} {boot}".encode()).hexdigest()[:12]
