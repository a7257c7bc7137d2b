"""Files that a configuration names, looked for beside it where the working folder has none.

A configuration and its data can so lie in one folder, and be used from any other.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from beyond_blur.config.options import PLACES

FILES = (*(("dataset", key) for key in PLACES), ("evaluation", "weights"))
"""Keys that name a file or a folder; every process of kind own has one more, ``file``."""


def look_beside(values: Mapping[str, Any], folders: Sequence[Path]) -> dict[str, Any]:
    """The values, with each file that lies beside a configuration named by its way there.

    A file that the working folder has, or that lies nowhere, keeps its name; so does an absolute
    one.

    Parameters
    ----------
    values : mapping
        Of a configuration, laid over each other.
    folders : sequence of path
        Of its files; the last one's is looked through first.
    """
    made = {key: dict(v) if isinstance(v, Mapping) else v for key, v in values.items()}
    for section, key in FILES:
        part = made.get(section)
        if isinstance(part, dict) and key in part:
            part[key] = _found(part[key], folders)
    entries = made.get("processes")
    if isinstance(entries, list):
        made["processes"] = [_with_file(entry, folders) for entry in entries]
    return made


def _with_file(entry: Any, folders: Sequence[Path]) -> Any:
    if not isinstance(entry, Mapping) or "file" not in entry:
        return entry
    return {**entry, "file": _found(entry["file"], folders)}


def _found(name: Any, folders: Sequence[Path]) -> Any:
    """The way from here to a file of this name; whatever is no name is for others to refuse."""
    if not isinstance(name, str) or not name or "\0" in name or Path(name).is_absolute():
        return name
    if Path(name).exists():
        return name
    for folder in reversed(folders):
        place = folder / name
        if place.exists():
            return os.path.relpath(place)
    return name
