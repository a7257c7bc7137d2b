"""An array on disk that is filled row by row, and goes on after a kill.

It lies beside the result that it is for, in the folder of unfinished work, and is never read as a
result. A row is marked when it is on disk, not before.
"""

from __future__ import annotations

import math
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from beyond_blur.storage.unfinished import folder_beside, identity_of


class FilledArray:
    """A memory-mapped array and the marks of its finished rows.

    Parameters
    ----------
    out : path
        File of the result that it is for.
    identity : JSON-ready value
        Everything that its rows depend on; another identity has an array of its own.
    shape : tuple of int
        Number of rows first.
    """

    def __init__(self, out: Path | str, identity: Any, shape: tuple[int, ...]) -> None:
        self.folder = folder_beside(out)
        self.folder.mkdir(parents=True, exist_ok=True)
        name = identity_of([identity, list(shape)])[:16]
        self.values = _mapped(self.folder / f"{name}.rows", shape)
        self.marks = _mapped(self.folder / f"{name}.done", shape[:1])

    def missing(self) -> np.ndarray:
        """Numbers of the rows that are not finished."""
        return np.flatnonzero(self.marks == 0)

    def finish(self, rows: np.ndarray) -> None:
        """Mark rows that have their values, as soon as those are on disk."""
        self.values.flush()
        self.marks[rows] = 1
        self.marks.flush()

    def remove(self) -> None:
        """Delete it: the result it was for is whole."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _mapped(path: Path, shape: tuple[int, ...]) -> np.memmap[Any, np.dtype[np.uint8]]:
    """The file of an array; of zeros where there is none."""
    n_bytes = math.prod(shape)
    if not path.exists() or path.stat().st_size != n_bytes:
        with path.open("wb") as file:
            # A page of a mapped file that the disk has no room for ends the process by a signal.
            os.posix_fallocate(file.fileno(), 0, n_bytes)
    return np.memmap(path, np.uint8, "r+", shape=shape)
