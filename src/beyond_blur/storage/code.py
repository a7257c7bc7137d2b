"""The source files that a result depends on: an edit of one of them makes the result again.

Standard library only: the workflow lists these files when it is parsed.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from beyond_blur.config import OwnProcessOptions, ProcessSpec

TRAINING = ("training", "network", "processes", "lbm", "storage")
"""Modules whose code decides what the weights of a network become."""


STREAMING = ("corruption", "data")
"""Those that do so only where pairs are streamed."""


SUFFIXES = (".py", ".cu", ".cuh")
"""Endings of source files: Python, and the kernels of the solver on a GPU."""


def code_files(*modules: str) -> list[Path]:
    """The files of modules and folders of this package, named by their path in it."""
    files: set[Path] = set()
    for module in modules:
        place = Path(__file__).parents[1] / module
        inside = {path for path in place.rglob("*") if path.suffix in SUFFIXES}
        files |= inside if place.is_dir() else {place.with_suffix(".py")}
    return sorted(files)


def code_checksum(*modules: str) -> str:
    """sha256 over the source of modules and folders of this package."""
    digest = hashlib.sha256()
    for file in code_files(*modules):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def own_code(process: ProcessSpec) -> str:
    """The source of a user's own process; of others nothing."""
    return Path(process.file).read_text() if isinstance(process, OwnProcessOptions) else ""
