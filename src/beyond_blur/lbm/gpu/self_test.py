"""A short run that a solver must get right before it is trusted with images of a shape.

Kernels of a GPU are compiled for a shape and for a card, by whatever compiler and driver are there:
a solver that runs is not yet one that computes what it should.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from beyond_blur.config import Velocity, Walls
from beyond_blur.config.coarse_lattices import SWITCH, lattice_factors
from beyond_blur.lbm.cpu import coarse
from beyond_blur.lbm.cpu import solver as cpu
from beyond_blur.lbm.solver import Solver
from beyond_blur.lbm.trajectory import Trajectory

TOLERANCE = 2e-5
"""Largest difference from the CPU solver allowed, in grey values on a background of 9.5.

A choice: above rounding (in tests/lbm/gpu/ emulated kernels stay within 2e-6 of the reference in
double precision) and below the 1e-4 that key frames may cost.
"""


BACKGROUND = 9.5
"""0.95 / 0.1, as the default ``corruption.grey_range`` has it."""


WIDTHS = (0.0, 0.8, 1.5, 7.0)
"""Blur widths in pixels: 2, 5 and 141 steps.

That makes 75 key frames two steps apart, more than a GPU makes at once, and a change of level
between two of them.
"""


WANTED_LEVELS = ((3, 1), (2, 0), (2, 3))
"""Of each of three images: in any order, the start among them, trajectories of two lengths."""


class Trial(NamedTuple):
    """What is asked of a solver, and of which other one."""

    trusted: Solver
    trajectory: Trajectory
    levels: tuple[tuple[int, ...], ...]  # wanted of each image


def trial(shape: tuple[int, int], walls: Walls) -> Trial:
    """All steps on pixels, at a tenth of the speed limit whatever the size (h, w)."""
    velocity = Velocity(frame_spacing=2)
    flow = Trajectory(WIDTHS, 0.006 * max(shape), velocity, walls=walls)
    return Trial(cpu.trajectories, flow, WANTED_LEVELS)


def coarse_trial(shape: tuple[int, int]) -> Trial:
    """Levels on pixels, just behind them, and behind some steps on each coarser lattice."""
    coarser = [SWITCH * factor / 2 for factor in lattice_factors(shape)[1:]]
    widths = (0.0, SWITCH / 2, 1.1 * SWITCH, *(1.3 * width for width in coarser))
    levels = tuple(range(len(widths)))
    return Trial(coarse.trajectories, Trajectory(widths, 0.1), (levels, levels[::-1]))


def largest_difference(solve: Solver, asked: Trial, shape: tuple[int, int], channels: int) -> float:
    """Largest difference of states from those of the trusted solver, grey values, random images.

    Parameters
    ----------
    solve : Solver
        ``trajectories`` of the solver under test.
    asked : Trial
    shape : (height, width)
    channels : int
    """
    n = len(asked.levels)
    phi = np.random.default_rng(0).random((n, channels, *shape), np.float32) - np.float32(0.5)
    arguments = (phi, np.full((n, channels), BACKGROUND), asked.trajectory, np.arange(n),
                 np.array(asked.levels))  # fmt: skip
    return float(np.abs(solve(*arguments) - asked.trusted(*arguments)).max())


def self_test(solve: Solver, asked: Trial, shape: tuple[int, int], channels: int) -> str | None:
    """What is wrong with a solver, or None; arguments as for :func:`largest_difference`."""
    found = largest_difference(solve, asked, shape, channels)
    if found <= TOLERANCE:  # not so for nan
        return None
    return (
        f"a self-test with {channels} x {shape[0]} x {shape[1]} images differs from the CPU solver "
        f"by {found:.2g} grey values, more than {TOLERANCE:.0e}"
    )
