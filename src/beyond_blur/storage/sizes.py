"""A number of bytes in words."""

from __future__ import annotations

UNITS = (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3))


def in_bytes(number: float) -> str:
    """A size in decimal units, three digits: ``999 bytes``, ``1.23 kB``, ``55.1 GB``."""
    for unit, size in UNITS:
        if number >= size:
            return f"{number / size:.3g} {unit}"
    return f"{number:.0f} bytes"
