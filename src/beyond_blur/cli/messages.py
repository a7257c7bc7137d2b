"""What is said while a verb works: as UTF-8, and the log of library modules as lines on stderr."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def log_on_stderr() -> Iterator[None]:
    """Inside, what the logger ``beyond_blur`` is told from INFO on is one line each on stderr."""
    logger, handler = logging.getLogger("beyond_blur"), logging.StreamHandler(sys.stderr)
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)


def speak_utf8() -> None:
    """Print UTF-8 whatever the locale; names of files that are none are shown escaped."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
