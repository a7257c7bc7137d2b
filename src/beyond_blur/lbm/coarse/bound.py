"""Where coarser lattices are shown to cost at most 1e-4 grey values, and where not."""

from __future__ import annotations

from dataclasses import replace

from beyond_blur.config import Velocity
from beyond_blur.lbm.coarse.plan import NARROWEST, SWITCH, TAIL, factors, plan
from beyond_blur.lbm.trajectory import Trajectory

# benchmarks/coarse_lattices.py measures all of it; docs/coarse_lattices.md has what it found.

TOLERANCE = 1e-4
"""Largest difference of any state from that of the pixels' lattice, in grey values."""

LARGEST_PECLET = 0.3
"""Largest Peclet number that was measured."""

LARGEST_SIZE = 256
"""Larger side of the largest images that were measured, in pixels."""

LARGEST_BACKGROUND = 9.5
"""Largest background that was measured: that of the default grey range [0.95, 1.05]."""


def objection(trajectory: Trajectory, shape: tuple[int, int]) -> str | None:
    """Why the bound is not shown to hold for images (h, w), or None where it is."""
    velocity = replace(trajectory.velocity, divergence_free=False)
    if not 0 < trajectory.peclet <= LARGEST_PECLET:
        return f"Peclet number {trajectory.peclet:g}, shown above 0 to {LARGEST_PECLET:g}"
    if velocity != Velocity():
        return "options of the flow, shown for the default ones, compressible or divergence-free"
    if trajectory.walls != "mirror":
        return f"{trajectory.walls} walls, shown for mirrors"
    if abs(trajectory.background) > LARGEST_BACKGROUND * (1 + 1e-9):
        return f"grey_range, shown for a background of at most {LARGEST_BACKGROUND:g} grey ranges"
    if max(shape) > LARGEST_SIZE:
        return f"{max(shape)} pixels, shown up to {LARGEST_SIZE}"
    if len(factors(shape)) == 1:
        return f"{shape[0]} x {shape[1]} pixels, whose halves are not {NARROWEST} across"
    if len(plan(trajectory.schedule, shape).trunk) == 1:
        return f"no level more than {TAIL} steps beyond a blur width of {SWITCH:g} px"
    return None
