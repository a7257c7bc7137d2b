"""Whether a schedule rises."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise


def first_fall(values: Iterable[float]) -> int | None:
    """Index of the first value that does not exceed the one before, NaN among them, or None."""
    return next((k for k, (a, b) in enumerate(pairwise(values), 1) if not b > a), None)
