"""One writer at a time: a lock that its process holds, and that ends with the process."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import socket
from collections.abc import Iterator
from io import TextIOWrapper
from pathlib import Path

LOCKLESS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)
"""What a file system answers that has no locks, as some clusters mount theirs."""


class Held(RuntimeError):
    """Another living process holds the lock; the message says which."""


@contextlib.contextmanager
def only_one(path: Path) -> Iterator[bool]:
    """Hold the lock of ``path`` for the length of the block.

    The lock is `flock` on ``path`` with ``.lock`` behind it: the system ends it with the process,
    however that ends, so the file that a killed process leaves stands in nobody's way.

    Parameters
    ----------
    path : path
        What is not to be written by two at a time.

    Yields
    ------
    bool
        False where the file system knows no locks: then nothing keeps a second process out.

    Raises
    ------
    Held
        If another process has it.
    """
    place = path.with_name(f"{path.name}.lock")
    place.parent.mkdir(parents=True, exist_ok=True)
    file, locks = _acquire(place, path)
    with file:
        file.seek(0)
        file.truncate()
        file.write(f"process {os.getpid()} on {socket.gethostname()}")
        file.flush()
        try:
            yield locks
        finally:
            place.unlink(missing_ok=True)


def _acquire(place: Path, path: Path) -> tuple[TextIOWrapper, bool]:
    """The lock file, open and locked; whether it could be locked at all."""
    while True:
        file = place.open("a+", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read().strip() or "another process"
            file.close()
            raise Held(
                f"{path} is being written by {holder}: wait for it or end it, then run this again"
            ) from error
        except OSError as error:
            if error.errno not in LOCKLESS:
                file.close()
                raise
            return file, False
        # Whoever had it may have deleted it in between: a lock on a file without name locks nobody.
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(file.fileno()), place.stat()):
                return file, True
        file.close()
