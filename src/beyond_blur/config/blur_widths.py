"""Blur widths of the levels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from beyond_blur.config.options import Levels
from beyond_blur.config.rising import first_fall

if TYPE_CHECKING:
    import numpy as np


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
    import numpy as np

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
    check_rising(sigma)
    return sigma


def check_rising(sigma: np.ndarray) -> None:
    """Refuse blur widths, (K + 1,), that do not rise strictly.

    Raises
    ------
    ValueError
        Naming the level.
    """
    k = first_fall(sigma)
    if k is not None:
        raise ValueError(
            f"blur width {sigma[k]:g} of level {k} does not exceed {sigma[k - 1]:g} of "
            f"level {k - 1}; make levels.sigma_max larger than levels.sigma_min, or levels.given "
            "strictly rising"
        )
