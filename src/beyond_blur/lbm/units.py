"""Dimensionless numbers and lattice units; each conversion is one line and stands only here.

Lengths are in pixels (= cells), times in lattice steps. L is the larger side of an image: the wave
numbers of the flow are counted in waves per L as well, so the flow is isotropic on any shape.

========  ===================================================================================
symbol    meaning
========  ===================================================================================
Pe        Peclet number V L / alpha, V the rms of each velocity component
Fo        Fourier number alpha t / L^2 = sigma_B^2 / (2 L^2), the dimensionless time
sigma_B   blur width in pixels, sigma_B^2 = 2 alpha t
alpha     diffusivity in cells^2 per step; cs2 = 2 alpha in the memoryless scheme
========  ===================================================================================
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from beyond_blur.config import Levels, Velocity

Number = TypeVar("Number", float, np.ndarray)

ALPHA_MAX = 1.0 / 6.0
"""Largest diffusivity of a step: cs2 = 2 alpha = 1/3, the sound speed of the standard lattice."""

PEAK_TO_RMS = 6.0
"""A Gaussian field on 256 x 256 cells passes six times its rms with a probability near 1e-4."""


def peclet_number(speed: float, alpha: float, size: int) -> float:
    """Pe = V L / alpha (paper)."""
    return speed * size / alpha


def rms_speed(peclet: float, alpha: Number, size: int) -> Number:
    """V = Pe alpha / L: rms of each velocity component in cells per step (inverts Pe)."""
    return peclet * alpha / size


def fourier_number(sigma: float, size: int) -> float:
    """Fo = sigma_B^2 / (2 L^2) (paper)."""
    return sigma**2 / (2 * size**2)


def blur_width(fourier: float, size: int) -> float:
    """sigma_B = L sqrt(2 Fo) in pixels (inverts Fo)."""
    return size * math.sqrt(2 * fourier)


def omega(alpha: float) -> float:
    """Relaxation rate 1 / (3 alpha + 1/2) of the general scheme with cs2 = 1/3."""
    return 1 / (3 * alpha + 0.5)


def expected_displacement(peclet: float, sigma: float, size: int) -> float:
    """Largest rms distance in pixels the flow carries a cell up to sigma_B: Pe sigma^2 / (2 L).

    Reached by a frozen uniform stream; a flow that turns carries less far.
    """
    return peclet * sigma**2 / (2 * size)


def blur_widths(levels: Levels) -> np.ndarray:
    """Blur widths sigma_B,k of levels k = 0..K in pixels.

    Level 0 is the clean image, level 1 has sigma_min and level K has sigma_max. ``log`` is even in
    log sigma (paper and IHDM), ``linear`` is even in sigma, ``cosine`` rises as 1 - cos from
    sigma_min to sigma_max (slow at both ends) and ``given`` takes the widths as they are.

    Returns
    -------
    float64 (K + 1,)

    Raises
    ------
    ValueError
        If the widths do not rise strictly from a positive value, or do not number n_levels.
    """
    low, high, n_levels = levels.sigma_min, levels.sigma_max, levels.n_levels
    share = np.linspace(0.0, 1.0, n_levels) if n_levels > 1 else np.ones(1)
    if levels.spacing == "log":
        sigma = low ** (1 - share) * high**share
    elif levels.spacing == "linear":
        sigma = low + (high - low) * share
    elif levels.spacing == "cosine":
        sigma = low + (high - low) * (1 - np.cos(np.pi * share)) / 2
    else:
        sigma = np.asarray(levels.given, dtype=np.float64)
        if len(sigma) != n_levels:
            raise ValueError(
                f"levels.given has {len(sigma)} blur widths but levels.n_levels is {n_levels}; "
                "give one width per level"
            )
    sigma = np.concatenate([[0.0], sigma])
    _check_rising(sigma)
    return sigma


def _check_rising(sigma: np.ndarray) -> None:
    falls = np.flatnonzero(~(np.diff(sigma) > 0))
    if len(falls):
        k = int(falls[0]) + 1
        raise ValueError(
            f"blur width {sigma[k]:g} of level {k} does not exceed {sigma[k - 1]:g} of "
            f"level {k - 1}; make levels.sigma_max larger than levels.sigma_min, or levels.given "
            "strictly rising"
        )


@dataclass(frozen=True)
class LatticeSchedule:
    """The levels in lattice units.

    Attributes
    ----------
    sigma : float64 (K + 1,)
        Blur width of each level in pixels; sigma[0] = 0.
    n_lbm_steps : int64 (K + 1,)
        Lattice steps from level k - 1 to level k; n_lbm_steps[0] = 0.
    alpha : float64 (K + 1,)
        Diffusivity of those steps, cells^2 per step; alpha[0] = 0.
    """

    sigma: np.ndarray
    n_lbm_steps: np.ndarray
    alpha: np.ndarray

    @classmethod
    def from_blur_widths(cls, sigma: np.ndarray) -> LatticeSchedule:
        """The fewest steps with alpha <= 1/6 that meet the variance of every level exactly.

        Parameters
        ----------
        sigma : float (K + 1,)
            Blur widths in pixels, strictly rising, sigma[0] = 0.

        Raises
        ------
        ValueError
            If sigma does not start at 0 or does not rise.
        """
        sigma = np.asarray(sigma, dtype=np.float64)
        if sigma.ndim != 1 or len(sigma) < 2 or sigma[0] != 0:
            raise ValueError(f"sigma must be (K + 1,) with sigma[0] = 0, but is {sigma!r}")
        _check_rising(sigma)
        variance = np.diff(sigma**2)
        # The tiny slack keeps a step count that is an integer up to rounding from gaining a step.
        n_steps = np.maximum(1, np.ceil(variance / (2 * ALPHA_MAX) * (1 - 1e-12))).astype(np.int64)
        alpha = variance / (2 * n_steps)
        return cls(sigma, np.concatenate([[0], n_steps]), np.concatenate([[0.0], alpha]))

    @property
    def n_levels(self) -> int:
        """K, the number of levels above the clean image."""
        return len(self.sigma) - 1

    @property
    def first_step(self) -> np.ndarray:
        """int64 (K + 1,): lattice steps done once level k is reached."""
        return np.cumsum(self.n_lbm_steps)


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
