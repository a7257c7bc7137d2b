"""Which lattice an image is on at which step, and how each level is reached from there.

Above blur width sigma nothing of an image lives beyond wave numbers of a few / sigma. A lattice q
times coarser then holds the state; one step of it, at the same diffusivity in its own cells, is q^2
steps of the pixels' lattice on 1 / q^2 of the cells.

**The trunk** runs on the pixels' lattice up to a blur width of ``SWITCH`` cells, goes on where
cells are twice as wide, up to as many of those cells, and so on while ``NARROWEST`` cells
remain across. **A branch** leaves the trunk at least ``TAIL`` steps before each level and goes
back to pixels: fine steps bring back the short waves that the flow forces and the coarse lattice
does not hold; they live for some tens of steps. A branch starts where its own level says, so a
state does not depend on which other levels are wanted.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from beyond_blur.config.coarse_lattices import NARROWEST, SWITCH, TAIL, lattice_factors
from beyond_blur.lbm.levels import LatticeSchedule


@dataclass(frozen=True, eq=False)
class Stretch:
    """Steps one after the other on one lattice, in parts of equal diffusivity.

    Attributes
    ----------
    factor : int
        Pixels along the side of a cell.
    first : int
        Steps of this lattice, from the clean image on, before the first of these.
    n_lbm_steps : int64 (m + 1,)
        Steps of each part; that of part 0 is 0.
    alpha : float64 (m + 1,)
        Diffusivity of each part, cells^2 per step of this lattice; that of part 0 is 0.
    """

    factor: int
    first: int
    n_lbm_steps: np.ndarray
    alpha: np.ndarray

    @property
    def n_parts(self) -> int:
        """m, the number of parts."""
        return len(self.alpha) - 1


@dataclass(frozen=True)
class Branch:
    """How a level is reached: ``stretch`` of the trunk to the end of its ``part``, then ``tail``.

    Part 0 ends where the stretch begins; without a tail the level lies on the trunk itself.
    """

    stretch: int
    part: int
    tail: Stretch | None


@dataclass(frozen=True)
class Plan:
    """Lattices and steps of a schedule on images of one shape.

    Attributes
    ----------
    trunk : tuple of Stretch
        On ever coarser lattices, the pixels' first.
    branches : tuple of K + 1 Branch
        Of each level; that of level 0 is the clean image.
    """

    trunk: tuple[Stretch, ...]
    branches: tuple[Branch, ...]

    def equivalents(self, levels: np.ndarray | list[int]) -> float:
        """Steps of the pixels' lattice that cost as much as all steps up to these levels.

        A step on cells q pixels wide counts 1 / q^2: it updates so many fewer cells.
        """
        ends = np.zeros(len(self.trunk), np.int64)
        total = 0.0
        for level in np.unique(levels):
            branch = self.branches[level]
            ends[: branch.stretch] = [s.n_parts for s in self.trunk[: branch.stretch]]
            ends[branch.stretch] = max(ends[branch.stretch], branch.part)
            total += 0.0 if branch.tail is None else float(branch.tail.n_lbm_steps.sum())
        for stretch, end in zip(self.trunk, ends, strict=True):
            total += float(stretch.n_lbm_steps[: end + 1].sum()) / stretch.factor**2
        return total


def factors(shape: tuple[int, int]) -> list[int]:
    """Factors 1, 2, 4, ... of the lattices that images (h, w) pass through."""
    return lattice_factors(shape, NARROWEST)


def plan(schedule: LatticeSchedule, shape: tuple[int, int]) -> Plan:
    """The lattices of images (h, w) and the steps on them."""
    return _plan(tuple(schedule.sigma), tuple(factors(shape)), SWITCH, TAIL)


@functools.lru_cache(maxsize=8)
def _plan(sigma: tuple[float, ...], sizes: tuple[int, ...], switch: float, tail: int) -> Plan:
    schedule = LatticeSchedule.from_blur_widths(sigma)
    alpha = np.repeat(schedule.alpha[1:], schedule.n_lbm_steps[1:])
    starts = _starts(alpha, sizes, switch, tail)
    leaves = [_leave(int(end), int(end) - tail, sizes, starts) for end in schedule.first_step]
    trunk, part_at = [], []
    for on, (factor, start) in enumerate(zip(sizes, starts, strict=False)):
        stops = {start, *(at for lattice, at in leaves if lattice == on), *starts[on + 1 : on + 2]}
        trunk.append(_stretch(alpha, factor, sorted(stops)))
        part_at.append(_ends(trunk[-1]))
    branches = []
    for end, (on, at) in zip(schedule.first_step, leaves, strict=True):
        back = _stretch(alpha, 1, [at, int(end)]) if end > at else None
        branches.append(Branch(on, part_at[on].index(at), back))
    return Plan(tuple(trunk), tuple(branches))


def _starts(alpha: np.ndarray, sizes: tuple[int, ...], switch: float, tail: int) -> list[int]:
    """Pixel steps done where the trunk goes on to each lattice that it reaches.

    They are whole numbers of steps on every lattice, and leave room for a step and a tail.
    """
    variance = np.concatenate([[0.0], np.cumsum(2 * alpha)])
    starts, whole = [0], sizes[-1] ** 2
    for before, factor in pairwise(sizes):
        reached = int(np.searchsorted(variance, (switch * before) ** 2))
        start = -(-reached // whole) * whole
        if start + factor**2 + tail > len(alpha):
            break
        starts.append(start)
    return starts


def _leave(end: int, latest: int, sizes: tuple[int, ...], starts: list[int]) -> tuple[int, int]:
    """Place of the lattice, and pixel step, where the branch to pixel step ``end`` leaves.

    From a coarse lattice it leaves by the step ``latest``.
    """
    on = max(i for i, s in enumerate(starts) if i == 0 or s + sizes[i] ** 2 <= latest)
    if on == 0:
        return 0, min([end, *starts[1:2]])
    step = sizes[on] ** 2
    return on, min([starts[on] + (latest - starts[on]) // step * step, *starts[on + 1 : on + 2]])


def _stretch(alpha: np.ndarray, factor: int, stops: list[int]) -> Stretch:
    """Steps on one lattice from the first to the last of some pixel steps; parts end at each.

    The diffusivity of a coarse step is the mean over the pixel steps that it stands for, so every
    state has the variance of its level exactly.
    """
    step = factor**2
    own = alpha[stops[0] : stops[-1]].reshape(-1, step).mean(axis=1)
    changes = np.flatnonzero(np.diff(own)) + 1
    edges = np.union1d((np.array(stops) - stops[0]) // step, changes)
    return Stretch(
        factor,
        stops[0] // step,
        np.concatenate([[0], np.diff(edges)]),
        np.concatenate([[0.0], own[edges[:-1]]]),
    )


def _ends(stretch: Stretch) -> list[int]:
    """Pixel steps done at the end of every part."""
    ends = (stretch.first + np.cumsum(stretch.n_lbm_steps)) * stretch.factor**2
    return [int(end) for end in ends]
