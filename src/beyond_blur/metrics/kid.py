"""Kernel distance: squared MMD with the cubic polynomial kernel (KID for Inception's features).

    k(x, y) = (x . y / d + 1)^3

Reference
---------
Binkowski et al., "Demystifying MMD GANs", ICLR 2018.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from beyond_blur.metrics.blocks import in_threads
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
    n_threads: int | None = None,
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
    n_threads : int, optional
        CPU threads; by default what OMP_NUM_THREADS or the process's CPU affinity allows.

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
    # Rows are drawn here, in order, so that threads cannot change what is drawn.
    subsets = [
        tuple(rng.choice(len(rows), subset_size, replace=False) for rows in (a, b))
        for _ in range(n_subsets)
    ]

    def estimate(subset: tuple[np.ndarray, ...]) -> float:
        return _unbiased_mmd2(a[subset[0]].astype(np.float64), b[subset[1]].astype(np.float64))

    estimates = list(in_threads(estimate, subsets, n_threads, "kernel distance"))
    return KernelDistance(
        value=float(np.mean(estimates)),
        standard_error=float(np.std(estimates, ddof=1) / np.sqrt(n_subsets)),
    )


def _unbiased_mmd2(x: np.ndarray, y: np.ndarray) -> float:
    """Mean kernel within x and within y, no row with itself, minus twice the mean across."""
    n = len(x)
    within = sum(_kernel_sum(z, z) - _kernel_sum_of_itself(z) for z in (x, y)) / (n * (n - 1))
    return within - 2 * _kernel_sum(x, y) / n**2


def _kernel_sum(x: np.ndarray, y: np.ndarray) -> float:
    base = x @ y.T
    base /= x.shape[1]
    base += 1
    return float(np.vdot(base * base, base))


def _kernel_sum_of_itself(x: np.ndarray) -> float:
    return float(((np.einsum("ij,ij->i", x, x) / x.shape[1] + 1) ** 3).sum())
