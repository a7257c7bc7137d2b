"""The random flow that options describe, on whichever basis: its modes and their energy."""

from __future__ import annotations

import numpy as np

from beyond_blur.config import Velocity
from beyond_blur.lbm.turbulence import Energy, RandomModes, energy, random_modes
from beyond_blur.lbm.wall_flow import wall_energy, wall_modes


def draw(
    shape: tuple[int, int], velocity: Velocity, seeds: np.ndarray
) -> tuple[RandomModes, Energy]:
    """The modes of n images (h, w) and the energy that they are scaled by.

    Parameters
    ----------
    shape : (height, width)
    velocity : Velocity
        With ``basis`` walls the modes are those of 2 h x 2 w cells, see
        `beyond_blur.lbm.wall_flow`.
    seeds : int (n,)
        Each image's own seed; nothing else is random.

    Raises
    ------
    ValueError
        If the band holds no mode of this grid.
    """
    if velocity.basis == "walls":
        modes = wall_modes(shape, velocity, seeds)
        return modes, wall_energy(modes)
    modes = random_modes(shape, velocity, seeds)
    return modes, energy(modes)
