"""Blur widths of the levels, and the lattice steps that lead from one to the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from beyond_blur.config import Levels
from beyond_blur.config.rising import first_fall
from beyond_blur.config.speed import ALPHA_MAX


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
    k = first_fall(sigma)
    if k is not None:
        raise ValueError(
            f"blur width {sigma[k]:g} of level {k} does not exceed {sigma[k - 1]:g} of "
            f"level {k - 1}; make levels.sigma_max larger than levels.sigma_min, or levels.given "
            "strictly rising"
        )


class Steps(Protocol):
    """Lattice steps in parts of equal diffusivity, such as levels; part 0 is empty."""

    @property
    def n_lbm_steps(self) -> np.ndarray:
        """Steps of each part, int64 (m + 1,)."""
        ...

    @property
    def alpha(self) -> np.ndarray:
        """Diffusivity of each part, float64 (m + 1,), cells^2 per step."""
        ...


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
    def from_levels(cls, levels: Levels) -> LatticeSchedule:
        """The schedule of a configuration's levels: :func:`blur_widths`, then lattice steps."""
        return cls.from_blur_widths(blur_widths(levels))

    @classmethod
    def from_blur_widths(cls, sigma: ArrayLike) -> LatticeSchedule:
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
