"""The lattice steps that lead from one level to the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from beyond_blur.config import Levels
from beyond_blur.config.blur_widths import blur_widths, check_rising
from beyond_blur.config.speed import ALPHA_MAX


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
        """The schedule of a configuration's levels: `blur_widths`, then lattice steps."""
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
        check_rising(sigma)
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
