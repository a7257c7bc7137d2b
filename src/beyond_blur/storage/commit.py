"""Which commit of the code this is. Standard library only."""

from __future__ import annotations

import subprocess
from importlib import metadata
from pathlib import Path

SECONDS = 20
"""For git, on a slow file system; a run does not wait longer for it."""


def commit_of(folder: Path) -> str:
    """The code in a folder, for a person: ``commit 74f6d59 of 2026-11-28``, and whether it differs.

    Without git, or where the folder is no clone, the version of the installed package. Files that
    git does not know are not looked for.

    Parameters
    ----------
    folder : path
        The top of a clone, or the folder of an installed workflow.
    """
    top = _git(folder, "rev-parse", "--show-toplevel")
    if top is None or Path(top).resolve() != folder.resolve():
        return f"version {metadata.version('beyond_blur')}"
    commit = _git(folder, "log", "-1", "--format=commit %h of %cs")
    if commit is None:
        return "a clone without a commit"
    changed = _git(folder, "status", "--porcelain", "--untracked-files=no")
    return f"{commit}, with changes that are not committed" if changed else commit


def _git(folder: Path, *arguments: str) -> str | None:
    """What git says; None where it cannot."""
    command = ["git", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=True)
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    return done.stdout.strip()
