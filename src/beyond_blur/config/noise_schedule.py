"""The one law of DDPM's linear schedule that both a configuration and the process must know."""

from __future__ import annotations

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
