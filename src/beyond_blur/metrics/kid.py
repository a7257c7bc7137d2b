"""Kernel distance: squared MMD with the cubic polynomial kernel (KID for Inception's features).

    k(x, y) = (x . y / d + 1)^3

Reference
---------
Binkowski et al., "Demystifying MMD GANs", ICLR 2018, section 4.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from beyond_blur.metrics.checks import as_feature_pair


class KernelDistance(NamedTuple):
    """Mean of the unbiased estimates over the subsets, and the standard error of that mean.

    Subsets overlap when their total exceeds the data, so the error then understates the spread
    that new samples would show; the spread over sampling seeds does not.
    """

    value: float
    standard_error: float


def kernel_distance(
    features_a: np.ndarray,
    features_b: np.ndarray,
    rng: np.random.Generator,
    *,
    n_subsets: int = 100,
    subset_size: int = 1000,
) -> KernelDistance:
    """Return the unbiased squared MMD of two sets, averaged over random subsets.

    Parameters
    ----------
    features_a : array, shape (n, d)
    features_b : array, shape (m, d)
    rng : numpy.random.Generator
        Draws the subsets: the same state gives the same value.
    n_subsets, subset_size : int
        The literature's 100 and 1000; rows are drawn without replacement within a subset.

    Raises
    ------
    ValueError
        For a subset larger than a set or smaller than 2, fewer than 2 subsets, or bad features.
    """
    a, b = as_feature_pair("features_a", features_a, "features_b", features_b, at_least=2)
    smaller = min(len(a), len(b))
    if not 2 <= subset_size <= smaller:
        raise ValueError(
            f"subset_size={subset_size} is outside 2 ... {smaller}, the rows of the smaller set: "
            "lower subset_size or add samples"
        )
    if n_subsets < 2:
        raise ValueError(f"n_subsets={n_subsets}: a standard error needs at least 2")
    estimates = [
        _unbiased_mmd2(
            a[rng.choice(len(a), subset_size, replace=False)].astype(np.float64),
            b[rng.choice(len(b), subset_size, replace=False)].astype(np.float64),
        )
        for _ in range(n_subsets)
    ]
    return KernelDistance(
        value=float(np.mean(estimates)),
        standard_error=float(np.std(estimates, ddof=1) / np.sqrt(n_subsets)),
    )


def _unbiased_mmd2(x: np.ndarray, y: np.ndarray) -> float:
    """Mean kernel within x and within y, no row with itself, minus twice the mean across."""
    within = _mean_of_others(_kernel(x, x)) + _mean_of_others(_kernel(y, y))
    return within - 2 * float(_kernel(x, y).mean())


def _kernel(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    base = x @ y.T
    base /= x.shape[1]
    base += 1.0
    return base * base * base


def _mean_of_others(kernel: np.ndarray) -> float:
    n = len(kernel)
    return float((kernel.sum() - np.trace(kernel)) / (n * (n - 1)))
