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

SMALLEST = 4
"""Rows of a subset from which on the variance of what two rows contribute can be told.

The error of smaller ones is the spread over subsets."""


class KernelDistance(NamedTuple):
    """Mean of the unbiased estimates over the subsets, and its standard error.

    The error is what new samples and new subsets would show; see `_variance_of_new_samples`.
    """

    value: float
    standard_error: float


class Parts(NamedTuple):
    """The squared MMD of one subset, and the variances that its own variance is made of.

    Hoeffding's parts: ``first_a`` and ``first_b`` are variances of what one row of each set
    contributes by itself, the others of what two rows contribute together.
    """

    value: float
    first_a: float
    first_b: float
    within_a: float
    within_b: float
    across: float


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

    Returns
    -------
    KernelDistance
        The value, which may be negative, and its standard error.

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

    def estimate(subset: tuple[np.ndarray, ...]) -> Parts:
        return _parts(a[subset[0]].astype(np.float64), b[subset[1]].astype(np.float64))

    found = np.array(list(in_threads(estimate, subsets, n_threads, "kernel distance")))
    variance = found[:, 0].var(ddof=1)
    if subset_size >= SMALLEST:
        new = _variance_of_new_samples(Parts(*found.mean(axis=0)), len(a), len(b))
        variance = new + variance / n_subsets
    return KernelDistance(
        value=float(np.mean(found[:, 0])), standard_error=float(np.sqrt(variance))
    )


def _variance_of_new_samples(parts: Parts, n: int, m: int) -> float:
    """Variance of the unbiased MMD^2 of sets of n and m rows: a two-sample U-statistic.

    Parts of first order fall as 1 / n, those of second order as 1 / n^2. Between sets of one
    distribution the first ones vanish, which a spread over subsets that is scaled as 1 / n does not
    know (Serfling, Approximation Theorems of Mathematical Statistics, 1980, section 5.2).
    """
    first = parts.first_a / n + parts.first_b / m
    within = parts.within_a / (n * (n - 1)) + parts.within_b / (m * (m - 1))
    # Unbiased estimates of what is 0 are negative half of the time.
    return max(first, 0.0) + 2 * max(within, 0.0) + 4 * parts.across / (n * m)


def _parts(x: np.ndarray, y: np.ndarray) -> Parts:
    """Mean kernel within x and within y, no row with itself, minus twice the mean across.

    With it the variances, unbiased up to a share of 1 / n, of which the smallest subsets have none.
    """
    n = len(x)
    kernel_x, kernel_y, across = _kernel(x, x), _kernel(y, y), _kernel(x, y)
    own = sum(_sum(k) - _kernel_sum_of_itself(z) for k, z in ((kernel_x, x), (kernel_y, y)))
    value = own / (n * (n - 1)) - 2 * _sum(across) / n**2
    if n < SMALLEST:
        return Parts(value, 0.0, 0.0, 0.0, 0.0, 0.0)
    kernel_x, kernel_y, across = (base * base * base for base in (kernel_x, kernel_y, across))
    means = [across.mean(axis=1), across.mean(axis=0)]
    centred = across - means[0][:, None] - means[1] + across.mean()
    of_two = float(np.square(centred).sum()) / (n - 1) ** 2
    first_a, within_a = _of_one_set(kernel_x, means[0], of_two)
    first_b, within_b = _of_one_set(kernel_y, means[1], of_two)
    return Parts(value, first_a, first_b, within_a, within_b, of_two)


def _of_one_set(kernel: np.ndarray, across: np.ndarray, of_two: float) -> tuple[float, float]:
    """Variances of what one row of a set contributes, and of what two of its rows do.

    Parameters
    ----------
    kernel : array, shape (n, n)
        Within the set; its diagonal is lost.
    across : array, shape (n,)
        Mean kernel of each row with the other set.
    of_two : float
        Variance of what a row of each set contribute together.
    """
    n = len(kernel)
    np.fill_diagonal(kernel, 0)
    rows = kernel.sum(axis=1)
    alone = 2 * (rows / (n - 1) - across)
    # U-centring: its squares are unbiased (Szekely and Rizzo, Annals of Statistics 42, 2014).
    kernel -= (rows[:, None] + rows) / (n - 2)
    kernel += rows.sum() / ((n - 1) * (n - 2))
    np.fill_diagonal(kernel, 0)
    pairs = float(np.vdot(kernel, kernel)) / (n * (n - 3))
    # A row's contribution is known from n others only, which scatters it.
    return float(alone.var(ddof=1)) - 4 * (pairs / (n - 1) + of_two / n), pairs


def _kernel(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The cube root of the kernel."""
    base: np.ndarray = x @ y.T
    base /= x.shape[1]
    base += 1
    return base


def _sum(base: np.ndarray) -> float:
    return float(np.vdot(base * base, base))


def _kernel_sum_of_itself(x: np.ndarray) -> float:
    return float(((np.einsum("ij,ij->i", x, x) / x.shape[1] + 1) ** 3).sum())
