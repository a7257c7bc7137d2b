"""What the lattice carries: how fast a flow may be."""

from __future__ import annotations

from beyond_blur.config import Velocity
from beyond_blur.config.speed import speed_problem


def check_stability(peclet: float, velocity: Velocity, size: int) -> None:
    """Refuse a flow too fast for the lattice, by the law of `beyond_blur.config.speed`.

    The rms speed stays within a third of ``velocity.speed_limit``, so that the Peclet number and
    not the limit sets the flow, and all nine weights stay positive at the peak speed, so that a
    field >= 0 stays >= 0.

    Parameters
    ----------
    peclet : float
    velocity : Velocity
    size : int
        Larger side of the image in pixels.

    Raises
    ------
    ValueError
        Naming the value, the key and what to do.
    """
    problem = speed_problem(peclet, size, velocity.speed_limit)
    if problem is not None:
        raise ValueError(problem)
