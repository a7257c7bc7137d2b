"""What both a configuration and a process must know of noise schedules.

Standard library only, so that a dry run can read a configuration without NumPy.
"""

from __future__ import annotations

import math

FIRST_BETA, LAST_BETA, PAPER_STEPS = 1e-4, 0.02, 1000
"""Ends of the linear schedule, and its number of steps (Ho et al., 2020, section 4)."""


def linear_betas(n_steps: int) -> tuple[float, float]:
    """First and last beta of the linear schedule.

    With another number of steps than the paper's 1,000 both are scaled by 1000 / n_steps, which
    keeps the noise of the last level about the same.
    """
    ratio = PAPER_STEPS / n_steps
    return FIRST_BETA * ratio, LAST_BETA * ratio


def linear_problem(n_steps: int) -> str | None:
    """What is wrong with a linear schedule of so many steps, None if nothing is.

    The last beta must stay under 1, which it does from 21 steps on.
    """
    if linear_betas(n_steps)[1] < 1:
        return None
    return (
        f"n_steps = {n_steps} is too few for the linear schedule, whose last step would be all "
        "noise: use at least 21, or schedule: cosine"
    )


LOG_SNR_LIMIT = 10.0
"""Largest and smallest log signal-to-noise ratio of the cosine schedule, as +-10."""


def log_snr(t: float) -> float:
    """-2 log tan(u_min t + u_max), 10 at t = 0 and -10 at t = 1 (Blurring Diffusion)."""
    u_max = math.atan(math.exp(-0.5 * LOG_SNR_LIMIT))
    u_min = math.atan(math.exp(0.5 * LOG_SNR_LIMIT)) - u_max
    return -2 * math.log(math.tan(u_min * t + u_max))


def sigmoid(x: float) -> float:
    """The logistic function 1 / (1 + exp(-x))."""
    return 1 / (1 + math.exp(-x))


def even_times(n_steps: int) -> tuple[float, ...]:
    """Times 0, 1 / n_steps, ..., 1 of levels 0..n_steps."""
    return tuple(k / n_steps for k in range(counted(n_steps) + 1))


def counted(n_steps: int) -> int:
    """A number of levels, at least 1.

    Raises
    ------
    ValueError
        If it is less.
    """
    if n_steps < 1:
        raise ValueError(f"n_steps = {n_steps}: a schedule needs at least 1 step")
    return n_steps
