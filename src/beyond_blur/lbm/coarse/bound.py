"""Where coarser lattices are shown to cost at most 1e-4 grey values, and where not."""

from __future__ import annotations

from beyond_blur.config.coarse_lattices import SWITCH, TAIL, options_objection
from beyond_blur.lbm.coarse.plan import plan
from beyond_blur.lbm.trajectory import Trajectory

TOLERANCE = 1e-4
"""Largest difference of any state from that of the pixels' lattice, in grey values."""


def objection(trajectory: Trajectory, shape: tuple[int, int]) -> str | None:
    """Why the bound is not shown to hold for images (h, w), or None where it is."""
    reason = options_objection(
        trajectory.peclet, trajectory.velocity, trajectory.walls, trajectory.background, shape
    )
    if reason is None and len(plan(trajectory.schedule, shape).trunk) == 1:
        return f"no level more than {TAIL} steps beyond a blur width of {SWITCH:g} px"
    return reason
