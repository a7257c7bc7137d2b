"""Variance and decay of the authors' scheme and of the memoryless one, without flow."""

from __future__ import annotations

import numpy as np

from beyond_blur.lbm.units import omega

# --- the two schemes ------------------------------------------------------------------------------


def general_variance(alpha: np.ndarray) -> np.ndarray:
    """Variance per axis that the central-moment scheme has given a point after each step.

    The scheme is a walk whose steps remember each other. With V the variance, q the covariance of a
    walker's place and last step, and r = 1 - omega what a collision leaves of q,

        V' = V + 2 r q + 1/3,    q' = r q + 1/3,

    from V = q = 0 for populations that start in equilibrium. At a constant alpha

        V_n = 2 alpha n - (2/3) r (1 - r^n) / (1 - r)^2:

    the first step spreads by 1/3 whatever alpha is, and the excess stays. (Derived here, without
    flow; tested against ``lbm.reference``. The memoryless scheme has V_n = sum of 2 alpha.)

    Parameters
    ----------
    alpha : float array, shape (n,)
        Diffusivity of each step, cells^2 per step.

    Returns
    -------
    float64 array, shape (n,)
        Cells^2.
    """
    variance, covariance, out = 0.0, 0.0, np.empty(len(alpha))
    for i, a in enumerate(alpha):
        kept = (1 - omega(float(a))) * covariance
        variance, covariance = variance + 2 * kept + 1 / 3, kept + 1 / 3
        out[i] = variance
    return out


def general_factor(alpha: float, p: np.ndarray) -> np.ndarray:
    """What one step of the central-moment scheme leaves of a wave along an axis, without flow.

    With c = cos p, r = 1 - omega and A = (2 + c) / 3, density and momentum of the wave obey a two
    by two system with the characteristic polynomial

        x^2 - (A + r c) x + r (1 + 2 c) / 3 = 0,

    of which this is the root that is 1 at p = 0. (Derived here; tested against ``lbm.reference``.)

    Parameters
    ----------
    alpha : float
        Diffusivity, cells^2 per step.
    p : float array
        Wave numbers, radians per cell.

    Returns
    -------
    complex128 array
        Complex where the wave swings while it decays.
    """
    c, r = np.cos(p), 1 - omega(alpha)
    middle = (2 + c) / 3 + r * c
    root = np.sqrt((middle**2 - 4 * r * (1 + 2 * c) / 3).astype(np.complex128))
    return (middle + root) / 2


def memoryless_factor(alpha: float, p: np.ndarray) -> np.ndarray:
    """What one step of the memoryless scheme leaves of such a wave: 1 - cs2 (1 - cos p)."""
    return 1 - 2 * alpha * (1 - np.cos(p))
