"""A short run that a solver must get right before it is trusted with images of a shape.

Kernels of a GPU are compiled for a shape and for a card, by whatever compiler and driver are there:
a solver that runs is not yet one that computes what it should.
"""

from __future__ import annotations

import numpy as np

from beyond_blur.config import Velocity, Walls
from beyond_blur.lbm.cpu import solver as cpu
from beyond_blur.lbm.solver import Solver
from beyond_blur.lbm.trajectory import Trajectory

BAR = 2e-5
"""Largest difference allowed, in grey values on a background of 9.5; rounding makes some 2e-6."""


BACKGROUND = 9.5


WIDTHS = (0.0, 0.8, 1.5, 7.0)
"""Blur widths in pixels: 2, 5 and 141 steps.

That makes 75 key frames two steps apart, more than a GPU makes at once, and a change of level
between two of them.
"""


KEEP = np.array([[3, 1], [2, 0], [2, 3]])


def difference(solve: Solver, shape: tuple[int, int], channels: int, walls: Walls) -> float:
    """Largest difference from the CPU solver's states, in grey values, of three random images.

    Parameters
    ----------
    solve : Solver
        ``trajectories`` of the solver on trial.
    shape : (height, width)
    channels : int
    walls : "mirror" or "periodic"
    """
    n = len(KEEP)
    phi = np.random.default_rng(0).random((n, channels, *shape), np.float32) - np.float32(0.5)
    # A tenth of the speed limit, whatever the size.
    trajectory = Trajectory(WIDTHS, 0.006 * max(shape), Velocity(frame_spacing=2), walls=walls)
    arguments = (phi, np.full((n, channels), BACKGROUND), trajectory, np.arange(n), KEEP)
    return float(np.abs(solve(*arguments) - cpu.trajectories(*arguments)).max())


def verdict(solve: Solver, shape: tuple[int, int], channels: int, walls: Walls) -> str | None:
    """What is wrong with a solver, or None."""
    found = difference(solve, shape, channels, walls)
    if found <= BAR:  # not so for nan
        return None
    return (
        f"a trial with {channels} x {shape[0]} x {shape[1]} images differs from the CPU solver by "
        f"{found:.2g} grey values, more than {BAR:.0e}"
    )
