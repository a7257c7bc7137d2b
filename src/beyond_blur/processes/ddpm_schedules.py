"""How DDPM's noise grows over the levels: the linear schedule and the cosine one."""

from __future__ import annotations

import numpy as np

from beyond_blur.config.noise_schedule import (
    counted,
    linear_betas,
    linear_problem,
    log_snr,
    sigmoid,
)


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
