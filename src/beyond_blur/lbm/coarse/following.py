"""An image along a plan: the trunk over its lattices, and the branches to the wanted levels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import numpy as np

from beyond_blur.lbm.coarse.grid import to_cells, to_pixels
from beyond_blur.lbm.coarse.plan import Branch, Plan, Stretch


class Run(Protocol):
    """The steps of a stretch, by any solver."""

    def __call__(self, stretch: Stretch, phi: np.ndarray, parts: list[int]) -> list[np.ndarray]:
        """Fields on the stretch's lattice at the ends of some parts, rising, 0 for phi itself."""
        ...


def follow(ways: Plan, start: np.ndarray, levels: Iterable[int], run: Run) -> dict[int, np.ndarray]:
    """States of an image at some levels.

    Parameters
    ----------
    ways : Plan
    start : (..., h, w)
        The clean image.
    levels : iterable of int
        0 to K.
    run : Run
        What makes the steps of one stretch.

    Returns
    -------
    dict of int to (..., h, w)
    """
    branches = {int(k): ways.branches[k] for k in levels}
    furthest = max((branch.stretch for branch in branches.values()), default=-1)
    states, phi, factor = {}, start, 1
    for place, stretch in enumerate(ways.trunk[: furthest + 1]):
        phi, factor = to_cells(phi, stretch.factor // factor), stretch.factor
        here = {k: branch for k, branch in branches.items() if branch.stretch == place}
        parts = {branch.part for branch in here.values()}
        if place < furthest:
            parts.add(stretch.n_parts)
        found = dict(zip(sorted(parts), run(stretch, phi, sorted(parts)), strict=True))
        for k, branch in here.items():
            states[k] = _level(branch, found[branch.part], factor, run)
        phi = found.get(stretch.n_parts, phi)
    return states


def _level(branch: Branch, phi: np.ndarray, factor: int, run: Run) -> np.ndarray:
    """The state of a level from the trunk's field where its branch leaves."""
    pixels = to_pixels(phi, factor)
    if branch.tail is None:
        return pixels
    return run(branch.tail, pixels, [branch.tail.n_parts])[0]
