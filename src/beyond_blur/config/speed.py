"""How fast a flow may be on the lattice: one law, for the config's check and for the library.

A flow of Peclet number Pe on an image of L pixels has the rms speed V = Pe alpha / L per component
(cells per lattice step), largest at the largest diffusivity of a step, `ALPHA_MAX`. Two things
bound it; both are bounds on Pe / L, whatever the blur widths are.

The limiter. The solver replaces each velocity v by v tanh(x) / x, x = |v| / ``speed_limit``, which
leaves slow cells alone and bends fast ones. Both components are Gaussian, so a cell is faster than
s V with the probability exp(-s^2 / 2). With V at a third of the limit 1.1 % of the cells are beyond
the limit and the flow's rms speed is 12 % below V; with V at the limit itself it would be 61 % of
the cells and 44 %, and the limit, no longer the Peclet number, would set the flow. Hence
V <= speed_limit / `LIMIT_TO_RMS`, that is Pe <= speed_limit L / (LIMIT_TO_RMS ALPHA_MAX).

Positive weights. At cs2 = 2 alpha a step keeps what is positive positive where |s| - s^2 <= cs2
and s^2 <= 1 - cs2 for every velocity component s. Speeds reach min(PEAK_TO_RMS V, speed_limit). As
V is proportional to alpha, the first holds at every alpha if PEAK_TO_RMS Pe / L <= 2, that is
Pe <= 2 L / PEAK_TO_RMS; the second then holds as well, since |s| <= cs2 <= 1/3. This bound is the
lower one only where speed_limit is above 1/6.

Standard library only, so that a dry run can read a configuration without NumPy.
"""

from __future__ import annotations

import math
from collections.abc import Callable

ALPHA_MAX = 1.0 / 6.0
"""Largest diffusivity of a step: cs2 = 2 alpha = 1/3, the sound speed of the standard lattice."""

LIMIT_TO_RMS = 3.0
"""Least ratio of the speed limit to the rms speed of each velocity component."""

PEAK_TO_RMS = 6.0
"""A Gaussian field on 256 x 256 cells passes six times its rms with a probability near 1e-4."""

SLACK = 1e-6
"""Relative excess that is forgiven: a bound computed and printed rounds by less."""


def limiter_bound(size: int, speed_limit: float) -> float:
    """Largest Peclet number whose flow the speed limit leaves as it is, but for 1 % of the cells.

    Parameters
    ----------
    size : int
        Larger side of the image in pixels.
    speed_limit : float
        ``velocity.speed_limit`` in cells per lattice step.
    """
    return speed_limit * size / (LIMIT_TO_RMS * ALPHA_MAX)


def positivity_bound(size: int) -> float:
    """Largest Peclet number that keeps all weights positive at the peaks of the flow."""
    return 2 * size / PEAK_TO_RMS


def largest_peclet(size: int, speed_limit: float) -> float:
    """Largest Peclet number that the lattice carries; arguments as for `limiter_bound`."""
    return min(limiter_bound(size, speed_limit), positivity_bound(size))


def speed_problem(peclet: float, size: int, speed_limit: float) -> str | None:
    """Why a flow is too fast for the lattice and what to do, or None if it is not.

    Parameters
    ----------
    peclet : float
    size : int
        Larger side of the image in pixels.
    speed_limit : float
        ``velocity.speed_limit`` in cells per lattice step.

    Returns
    -------
    str or None
        One line; the values that it advises are accepted.
    """
    largest = largest_peclet(size, speed_limit)
    if peclet <= largest * (1 + SLACK):
        return None
    lower = f"lower peclet to {_three_digits(largest, math.floor)}"
    if largest < limiter_bound(size, speed_limit):
        return (
            f"peclet = {peclet:g} allows peaks of {PEAK_TO_RMS * peclet / size:.3g} times the "
            f"diffusivity at {size} pixels, over 2: a weight would turn negative; {lower}"
        )
    rms = peclet * ALPHA_MAX / size
    if peclet <= positivity_bound(size):
        needed = _three_digits(LIMIT_TO_RMS * rms, math.ceil)
        lower += f" or raise velocity.speed_limit to {needed}"
    return (
        f"peclet = {peclet:g} needs an rms speed of {rms:.3g} cells per step at {size} pixels, "
        f"over a third of velocity.speed_limit = {speed_limit:g}, which would bend the flow; "
        f"{lower}"
    )


def _three_digits(value: float, to_whole: Callable[[float], int]) -> str:
    """A number above 0 at three significant digits, rounded down or up by floor or ceil."""
    unit = 10.0 ** (math.floor(math.log10(value)) - 2)
    nudge = 1e-9 if to_whole is math.floor else -1e-9  # a whole number up to rounding stays itself
    return f"{to_whole(value / unit * (1 + nudge)) * unit:.3g}"
