"""Where the manifest of a table or a picture lies; a dry run asks, so nothing heavy here."""

from __future__ import annotations

from pathlib import Path


def manifest_of(path: Path | str) -> str:
    """``results/table1.manifest.json`` beside ``results/table1.csv``."""
    return str(Path(path).with_suffix(".manifest.json"))
