"""What the lattice carries: how fast a flow may be, and a schedule in words."""

from __future__ import annotations

import numpy as np

from beyond_blur.config import Velocity
from beyond_blur.lbm.levels import LatticeSchedule
from beyond_blur.lbm.units import expected_displacement, fourier_number, rms_speed

PEAK_TO_RMS = 6.0
"""A Gaussian field on 256 x 256 cells passes six times its rms with a probability near 1e-4."""


def check_stability(
    schedule: LatticeSchedule, peclet: float, velocity: Velocity, size: int
) -> None:
    """Refuse a flow too fast for the lattice.

    Two things must hold at every level: the rms speed stays within ``velocity.speed_limit`` (past
    it the tanh limit, not the Peclet number, sets the flow), and all nine weights stay positive at
    the peak speed: |s| - s^2 <= cs2 and s^2 <= 1 - cs2, so that a field >= 0 stays >= 0.

    Parameters
    ----------
    schedule : LatticeSchedule
    peclet : float
    velocity : Velocity
    size : int
        Larger side of the image in pixels.

    Raises
    ------
    ValueError
        Naming the value, the key and what to do.
    """
    alpha = schedule.alpha[1:]
    rms = rms_speed(peclet, float(alpha.max()), size)
    if rms > velocity.speed_limit:
        raise ValueError(
            f"peclet {peclet:g} means an rms speed of {rms:.3g} cells per step at {size} pixels, "
            f"past velocity.speed_limit {velocity.speed_limit:g}; lower peclet to "
            f"{velocity.speed_limit * size / alpha.max():.3g} or raise velocity.speed_limit"
        )
    peak = np.minimum(PEAK_TO_RMS * rms_speed(peclet, 1.0, size) * alpha, velocity.speed_limit)
    margin = np.minimum(2 * alpha - peak + peak**2, 1 - 2 * alpha - peak**2)
    if margin.min() < 0:
        k = int(margin.argmin()) + 1
        raise ValueError(
            f"peclet {peclet:g} allows a speed of {peak[k - 1]:.3g} cells per step at level {k}, "
            f"where cs2 is {2 * alpha[k - 1]:.3g}: a weight would turn negative; lower "
            f"peclet below {2 * size / PEAK_TO_RMS:.3g} or velocity.speed_limit"
        )


def describe(schedule: LatticeSchedule, peclet: float, velocity: Velocity, size: int) -> str:
    """Schedule and stability in four lines, to be printed before work starts."""
    check_stability(schedule, peclet, velocity, size)
    alpha, sigma = schedule.alpha[1:], schedule.sigma
    total, rms = int(schedule.n_lbm_steps.sum()), rms_speed(peclet, float(alpha.max()), size)
    moved = expected_displacement(peclet, float(sigma[-1]), size)
    mean, steps = schedule.first_step[1:].mean(), schedule.n_lbm_steps[1:]
    return "\n".join([
        f"levels: {schedule.n_levels}, blur width {sigma[1]:.4g} to {sigma[-1]:.4g} px at "
        f"{size} px (Fourier number {fourier_number(float(sigma[-1]), size):.3g})",
        f"lattice steps: {total:,} to the last level, {mean:,.0f} to a level drawn uniformly; "
        f"{steps.min()} to {steps.max()} per level",
        f"diffusivity: {alpha.min():.3g} to {alpha.max():.4g} cells^2 per step (stable up to 1/6)",
        f"flow: Peclet number {peclet:g}, rms speed up to {rms:.3g} cells per step "
        f"(limit {velocity.speed_limit:g}), rms displacement up to {moved:.3g} px",
    ])  # fmt: skip
