"""Rows of several shards as one array that stays on disk."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, overload

import numpy as np
import torch
from torch import Tensor

from beyond_blur.config import AdvectionDiffusionOptions, Corruption, Levels, ProcessSpec, slug
from beyond_blur.storage import artifacts, belonging, cache_checks
from beyond_blur.storage.shards import joined_checksum, map_shards

NOT_ROWS = ("index", "labels")
"""Arrays of a shard that say which image a row is of; no network sees them."""


class MappedRows:
    """Arrays joined along their first axis; only the rows that are asked for are read.

    Parameters
    ----------
    parts : sequence of array
        Memory-mapped or not; one number format, one shape of a row.
    """

    def __init__(self, parts: Sequence[np.ndarray]) -> None:
        self.parts = list(parts)
        self.ends = np.cumsum([len(part) for part in parts])
        self.shape = (int(self.ends[-1]), *parts[0].shape[1:])
        self.dtype = parts[0].dtype

    def __len__(self) -> int:
        return self.shape[0]

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def nbytes(self) -> int:
        """Bytes on disk."""
        return math.prod(self.shape) * self.dtype.itemsize

    @overload
    def __getitem__(self, rows: Tensor) -> Tensor: ...
    @overload
    def __getitem__(self, rows: np.ndarray) -> np.ndarray: ...

    def __getitem__(self, rows: Tensor | np.ndarray) -> Tensor | np.ndarray:
        """Copies of some rows, in the order asked for: a tensor for a tensor of their numbers.

        Raises
        ------
        IndexError
            If a row is outside 0..len - 1.
        """
        wanted = np.asarray(rows)
        if len(wanted) and not 0 <= wanted.min() <= wanted.max() < len(self):
            raise IndexError(f"rows {wanted.min()}..{wanted.max()} of {len(self)} were asked for")
        chosen = np.empty((len(wanted), *self.shape[1:]), self.dtype)
        of_part = np.searchsorted(self.ends, wanted, side="right")
        for i in np.unique(of_part):
            here = of_part == i
            first = self.ends[i] - len(self.parts[i])
            chosen[here] = self.parts[i][wanted[here] - first]
        return torch.from_numpy(chosen) if isinstance(rows, Tensor) else chosen


@dataclass(frozen=True)
class TrainingRows:
    """What a network trains on, on disk.

    Attributes
    ----------
    arrays : dict of str to MappedRows
        ``x_k``, ``x_previous``, ``k`` of pairs, or ``images``.
    index : int64 (n,)
        Number of each row's image in its dataset.
    manifest : dict
        Of the first shard.
    checksum : str
        Of all shards in this order; the same as that of `shards.load_shards`.
    paths : tuple of path
        The shards.
    """

    arrays: dict[str, MappedRows]
    index: np.ndarray
    manifest: dict[str, Any]
    checksum: str
    paths: tuple[Path | str, ...]

    def place(self, row: int) -> str:
        """Where a row lies, for a message: its shard, and its number there."""
        ends = next(iter(self.arrays.values())).ends
        shard = int(np.searchsorted(ends, row, side="right"))
        first = int(ends[shard - 1]) if shard else 0
        return f"{self.paths[shard]}, row {row - first}"


def open_training_rows(
    paths: Sequence[Path | str], process: ProcessSpec | None = None, levels: Levels | None = None,
    options: Corruption | None = None, threads: int = 1, split: str | None = None,
) -> TrainingRows:  # fmt: skip
    """Open shards of pairs or of images for training.

    Every shard is verified: that it is whole, matches its checksum, belongs with the others, and,
    if it holds pairs, was made from the images that are there now. Nothing but the numbers of the
    images is held in memory.

    Parameters
    ----------
    paths : sequence of path
    process : ProcessSpec, optional
        With ``levels`` and ``options``: what the pairs must have been made with.
    levels : Levels, optional
    options : Corruption, optional
    threads : int
        Shards verified at a time.
    split : str, optional
        Of which the images must be.

    Raises
    ------
    ArtifactError
        Naming the shard that is missing, truncated, altered, foreign or stale, and what to do.
    """
    first = artifacts.read_manifest(paths[0])
    kind = first["kind"]
    owner = slug(process) if process is not None and kind == "pairs" else None
    belonging.check(paths[0], first, split=split, process=owner)
    if kind == "pairs":
        cache_checks.check_origin(paths, kind)
        if (
            isinstance(process, AdvectionDiffusionOptions)
            and levels is not None
            and options is not None
        ):
            cache_checks.check_spec(paths[0], first, process, levels, options)
    shards = map_shards(paths, kind, threads)
    arrays = {
        name: MappedRows([shard.arrays[name] for shard in shards])
        for name in shards[0].arrays
        if name not in NOT_ROWS
    }
    index = np.concatenate([shard.arrays["index"] for shard in shards])
    return TrainingRows(arrays, index, shards[0].manifest, joined_checksum(shards), tuple(paths))
