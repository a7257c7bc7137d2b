"""How DDPM's noise grows over the levels: the linear schedule and the cosine one."""

from __future__ import annotations

import math

import numpy as np

from beyond_blur.config.noise_schedule import linear_betas, linear_problem

LOG_SNR_LIMIT = 10.0
"""Largest and smallest log signal-to-noise ratio of the cosine schedule, as +-10."""


def linear_schedule(n_steps: int) -> tuple[float, ...]:
    """alphas_cumprod of levels 0..n_steps for beta rising linearly (DDPM, section 4).

    See `beyond_blur.config.noise_schedule.linear_betas` for both ends.

    Raises
    ------
    ValueError
        If the last beta would reach 1, which it does up to 20 steps.
    """
    first, last = linear_betas(counted(n_steps))
    problem = linear_problem(n_steps)
    if problem:
        raise ValueError(problem)
    betas = np.linspace(first, last, n_steps)
    return tuple(float(abar) for abar in np.concatenate([[1.0], np.cumprod(1 - betas)]))


def cosine_schedule(n_steps: int) -> tuple[float, ...]:
    """alphas_cumprod of levels 0..n_steps for signal cos and noise sin of one angle.

    The schedule of Blurring Diffusion, at times k / n_steps: log SNR = -2 log tan(angle), cut to
    [-10, 10] by starting and ending the angle a little inside (0, pi / 2). Level 0 therefore
    carries noise of standard deviation 0.0067 already.
    """
    return tuple(float(sigmoid(log_snr(k / n_steps))) for k in range(counted(n_steps) + 1))


def log_snr(t: float) -> float:
    """-2 log tan(u_min t + u_max), 10 at t = 0 and -10 at t = 1 (Blurring Diffusion)."""
    u_max = math.atan(math.exp(-0.5 * LOG_SNR_LIMIT))
    u_min = math.atan(math.exp(0.5 * LOG_SNR_LIMIT)) - u_max
    return -2 * math.log(math.tan(u_min * t + u_max))


def sigmoid(x: float) -> float:
    """The logistic function 1 / (1 + exp(-x))."""
    return 1 / (1 + math.exp(-x))


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
