"""The D2Q9 lattice: nine velocities, their weights and the memoryless one-axis weights.

Everything factorises over the two axes, so a population is addressed as ``f[iy, ix]`` with
``iy, ix`` in 0, 1, 2 for the lattice velocities -1, 0, +1.
"""

from __future__ import annotations

import numpy as np

CS2 = 1.0 / 3.0
"""Squared sound speed of the standard lattice, in cells^2 per step^2."""

AXIS = np.array([-1, 0, 1])
"""Lattice velocities along one axis."""

c = np.array([(cx, cy) for cy in AXIS for cx in AXIS])
"""(9, 2) lattice velocities (c_x, c_y); x is the last array axis."""

w = np.array([(1 / 6, 2 / 3, 1 / 6)[cy + 1] * (1 / 6, 2 / 3, 1 / 6)[cx + 1] for cx, cy in c])
"""(9,) weights of the standard lattice at rest: 4/9, 1/9, 1/36."""


def axis_weights(speed: np.ndarray, cs2: float) -> np.ndarray:
    """Shares of a cell that move by -1, 0 and +1 along one axis in one step.

    ``w_0(s) = 1 - cs2 - s^2`` and ``w_+-1(s) = (cs2 + s^2 +- s) / 2``: the only three weights whose
    sum is 1, whose mean is s and whose variance is cs2. The nine weights of the memoryless scheme
    are products of two of these.

    Parameters
    ----------
    speed : float (...)
        Velocity component at the source cell, cells per step.
    cs2 : float
        Squared lattice sound speed; the diffusivity is cs2 / 2.

    Returns
    -------
    float (3, ...)
        Weights of -1, 0, +1.
    """
    leaves = cs2 + speed**2
    return np.stack([(leaves - speed) / 2, 1 - leaves, (leaves + speed) / 2])
