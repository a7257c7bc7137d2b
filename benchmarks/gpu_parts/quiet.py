"""Compiled networks are timed once nobody compiles any more: an eager step waits for its host."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gpu_parts.context import Context, file_name

TIMING = 90.0
"""Seconds kept for timing what is compiled, whoever compiles then."""


@contextmanager
def compiling(context: Context) -> Iterator[None]:
    """Say to others that this part compiles, for as long as it does and lives."""
    path = context.out / "parts" / f"{file_name(context.name)}.compiling"
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)  # a forked child may have the file open, too


def wait_for_compilers(context: Context) -> None:
    """Wait until no other part compiles, as long as there is time."""
    start = time.perf_counter()
    while context.left() > TIMING and any(map(held, (context.out / "parts").glob("*.compiling"))):
        time.sleep(0.2)
    context.add("waited for compilers, s", round(time.perf_counter() - start, 1))


def held(path: Path) -> bool:
    """Whether somebody holds a file."""
    with path.open("r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
