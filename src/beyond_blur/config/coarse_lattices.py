"""What ``corruption.coarsen`` asks of a run, and the work it leaves at most, by plain arithmetic.

The workflow asks for it when it is parsed, so standard library only; `beyond_blur.lbm.coarse` has
the lattices themselves.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from beyond_blur.config.options import Velocity, Walls

SWITCH = 12.0
"""Blur width in cells at which a lattice is left for the next. See docs/coarse_lattices.md."""

NARROWEST = 64
"""Fewest cells across a coarse lattice: with 32 errors at walls pass 1e-4 grey values."""

TAIL = 192
"""Fewest steps on the pixels' lattice before a level that coarse steps lead to."""

# benchmarks/coarse_lattices.py measured up to these; docs/coarse_lattices.md has what it found.

LARGEST_PECLETS = {2: 0.3, 4: 0.15}
"""Largest Peclet number by the factor of the coarsest lattice. Over factor 4 eight flows kept the
bound at 0.2, one of them within a sixth of it, and one of three reached it at 0.3; 0.15 is a choice
below the measured."""

LARGEST_SIZE = 256
"""Larger side of the largest images that were measured, in pixels."""

LARGEST_BACKGROUND = 9.5
"""Largest background that was measured: that of the default grey range [0.95, 1.05]."""


def lattice_factors(shape: tuple[int, int], narrowest: int = NARROWEST) -> list[int]:
    """Factors 1, 2, 4, ... of the lattices that images (h, w) pass through.

    The coarsest has at least ``narrowest`` cells across.
    """
    found = [1]
    while all(n % (2 * found[-1]) == 0 and n // (2 * found[-1]) >= narrowest for n in shape):
        found.append(2 * found[-1])
    return found


def options_objection(
    peclet: float, velocity: Velocity, walls: Walls, background: float, shape: tuple[int, int]
) -> str | None:
    """Why options were not shown to keep the bound for images (h, w), or None where they were.

    Parameters
    ----------
    peclet : float
    velocity : Velocity
    walls : "mirror" or "periodic"
    background : float
        The constant that is carried along, in grey ranges.
    shape : (height, width)
    """
    if replace(velocity, divergence_free=False) != Velocity():
        return "options of the flow, shown for the default ones, compressible or divergence-free"
    if walls != "mirror":
        return f"{walls} walls, shown for mirrors"
    if abs(background) > LARGEST_BACKGROUND * (1 + 1e-9):
        return f"grey_range, shown for a background of at most {LARGEST_BACKGROUND:g} grey ranges"
    if max(shape) > LARGEST_SIZE:
        return f"{max(shape)} pixels, shown up to {LARGEST_SIZE}"
    coarsest = lattice_factors(shape)[-1]
    if coarsest == 1:
        return f"{shape[0]} x {shape[1]} pixels, whose halves are not {NARROWEST} across"
    if not 0 < peclet <= LARGEST_PECLETS[coarsest]:
        most = LARGEST_PECLETS[coarsest]
        return f"Peclet number {peclet:g}, shown above 0 to {most:g} for so many pixels"
    return None


def most_equivalents(
    sigma: float, size: int, steps_per_square: float, n_levels: int, states: int
) -> float:
    """Steps of the pixels' lattice that cost as much as those to blur width sigma, at most.

    The steps between two blur widths a and b are ``steps_per_square`` (b^2 - a^2) at most and one
    more for each level; on cells q pixels wide they cost 1 / q^4. Each state that is kept has a
    tail of steps on pixels.

    Parameters
    ----------
    sigma : float
        Last blur width in pixels.
    size : int
        Side of the images in pixels.
    steps_per_square : float
        Lattice steps per squared pixel of blur width.
    n_levels : int
    states : int
        States kept on the way.
    """
    factors = lattice_factors((size, size))
    switches = [SWITCH * factor for factor in factors[:-1]]
    ends = [0.0, *(min(sigma, switch) for switch in switches), sigma]
    total = 0.0
    for factor, (start, end) in zip(factors, pairwise(ends), strict=True):
        total += (steps_per_square * (end**2 - start**2) + n_levels) / factor**4
    tail = TAIL + factors[-1] ** 2  # which a coarse step and the rounding of a switch may lengthen
    return total + len(switches) * factors[-1] ** 2 + states * tail
