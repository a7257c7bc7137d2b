"""What library modules say while they work: their log, as lines on stderr."""

from __future__ import annotations

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
