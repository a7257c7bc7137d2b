"""Pe = 0: all steps of the memoryless scheme at once.

Without a flow a step is a fixed symmetric stencil along each axis. Its eigenvectors are the DCT-II
basis for mirror walls and the Fourier basis for periodic ones; its eigenvalues are 1 - cs2 (1 - cos
p). Any number of steps is then one matrix per axis, made in float64.

On a CUDA device the same matrices are multiplied by `beyond_blur.lbm.diffusion_on_device`.
"""

from __future__ import annotations

import functools

import numpy as np

from beyond_blur.config import Walls
from beyond_blur.lbm.levels import LatticeSchedule
from beyond_blur.lbm.trajectory import Trajectory

KEPT = 512
"""Operators that are kept: those of 200 levels along axes of two lengths. A choice."""


def wave_basis(n: int, walls: Walls) -> tuple[np.ndarray, np.ndarray]:
    """Orthonormal eigenvectors (n, n), one per row, and their wave numbers p (n,) per cell."""
    x = np.arange(n)
    if walls == "mirror":
        p = np.pi * x / n
        basis = np.cos(p[:, None] * (x + 0.5))
    else:
        p = 2 * np.pi * ((x + 1) // 2) / n
        basis = np.where(x[:, None] % 2, np.sin(p[:, None] * x), np.cos(p[:, None] * x))
        if n % 2 == 0:
            basis[-1] = np.cos(np.pi * x)
    return basis / np.linalg.norm(basis, axis=1, keepdims=True), p


def decay(schedule: LatticeSchedule, level: int, p: np.ndarray) -> np.ndarray:
    """What is left at a level of waves of p radians per cell along one axis, (len(p),)."""
    cs2, n = 2 * schedule.alpha[1 : level + 1, None], schedule.n_lbm_steps[1 : level + 1, None]
    return np.prod((1 - cs2 * (1 - np.cos(p))) ** n, axis=0)


def axis_operator(schedule: LatticeSchedule, level: int, n: int, walls: Walls) -> np.ndarray:
    """The (n, n) matrix that takes a clean row of n cells to a level, 0 to itself."""
    if level == 0:
        return np.eye(n)
    basis, p = wave_basis(n, walls)
    return (basis.T * decay(schedule, level, p)) @ basis


@functools.lru_cache(maxsize=KEPT)
def kept_operator(blur_widths: tuple[float, ...], level: int, n: int, walls: Walls) -> np.ndarray:
    """:func:`axis_operator`, kept: streamed pairs ask for the same ones at every step.

    All of 200 levels take 26 MB at 128 pixels and 105 MB at 256.

    Parameters
    ----------
    blur_widths : tuple of K + 1 floats
        As in `beyond_blur.lbm.trajectory.Trajectory`.
    level : int
        0..K.
    n : int
        Cells of a row.
    walls : "mirror" or "periodic"

    Returns
    -------
    float64 (n, n), not to be changed
    """
    operator = axis_operator(LatticeSchedule.from_blur_widths(blur_widths), level, n, walls)
    operator.flags.writeable = False
    return operator


def trajectories(
    phi: np.ndarray, background: np.ndarray, trajectory: Trajectory, seeds: np.ndarray,
    keep: np.ndarray, threads: int = 1,
) -> np.ndarray:  # fmt: skip
    """States at the wanted levels for Pe = 0, float32 (n, m, c, h, w).

    See `beyond_blur.lbm.solver.Solver`. A uniform background stays as it is, and neither flow nor
    seeds matter.

    Raises
    ------
    ValueError
        If the Peclet number is not 0.
    """
    if trajectory.peclet != 0:
        raise ValueError(
            f"peclet is {trajectory.peclet:g}, but this solver has no flow; use lbm.cpu instead"
        )
    widths, walls = trajectory.blur_widths, trajectory.walls
    h, w = phi.shape[-2:]
    out = np.empty((*keep.shape, *phi.shape[1:]), np.float32)
    for level in np.unique(keep):
        along_y = kept_operator(widths, int(level), h, walls)
        along_x = kept_operator(widths, int(level), w, walls)
        image, column = np.nonzero(keep == level)
        out[image, column] = along_y @ phi[image].astype(np.float64) @ along_x.T
    return out
