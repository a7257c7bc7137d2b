"""Frechet distance of the Gaussians fitted to two sets of features (FID with Inception's).

    d^2 = |mu_a - mu_b|^2 + tr(C_a) + tr(C_b) - 2 tr((C_a C_b)^(1/2))

With factors C = F^T F the last trace is the nuclear norm of F_a F_b^T. This is the symmetric
eigenvalue form, tr((C_a^(1/2) C_b C_a^(1/2))^(1/2)), without squaring: no complex square root, no
epsilon on the diagonal, and exact also where a covariance is singular.

References
----------
Heusel et al., "GANs trained by a two time-scale update rule...", NeurIPS 2017 (FID).
Chong and Forsyth, "Effectively unbiased FID and Inception score...", CVPR 2020 (infinite N).
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np

from beyond_blur.metrics.checks import FewSamples, as_feature_pair, as_features

# Rows turned to float64 at a time: the whole set never is.
ROWS = 4096

Moments = tuple[np.ndarray, np.ndarray]
"""Mean (d,) and a factor (r, d) of the covariance."""


def frechet_distance(features_a: np.ndarray, features_b: np.ndarray) -> float:
    """Return the squared Frechet distance of the Gaussians fitted to two sets of features.

    Parameters
    ----------
    features_a : array, shape (n, d)
    features_b : array, shape (m, d)

    Returns
    -------
    float
        In squared units of the features; zero for identical sets, never negative.

    Warns
    -----
    FewSamples
        If n or m is at most d: the sample covariance is singular and the value mostly bias.

    Raises
    ------
    ValueError
        For fewer than two samples, values that are not finite, or differing dimensions.
    """
    a, b = as_feature_pair("features_a", features_a, "features_b", features_b, at_least=2)
    n, dimensions = min(len(a), len(b)), a.shape[1]
    if n <= dimensions:
        warnings.warn(
            f"{n} samples of {dimensions} dimensions: the Frechet distance is mostly bias below "
            f"{dimensions + 1} samples. Compare equal N only, or use kernel_distance or "
            "frechet_at_infinity.",
            FewSamples,
            stacklevel=2,
        )
    return _distance(*_mean_and_factor(a), *_mean_and_factor(b))


def frechet_from_moments(
    mean_a: np.ndarray, cov_a: np.ndarray, mean_b: np.ndarray, cov_b: np.ndarray
) -> float:
    """Return the squared Frechet distance of two Gaussians given by their moments.

    Parameters
    ----------
    mean_a, mean_b : array, shape (d,)
    cov_a, cov_b : array, shape (d, d)
        Symmetric and positive semi-definite, up to rounding.

    Returns
    -------
    float
        In squared units of the features.

    Raises
    ------
    ValueError
        For shapes that do not fit together or values that are not finite.
    """
    means = [np.asarray(mean, dtype=np.float64) for mean in (mean_a, mean_b)]
    covs = [np.asarray(cov, dtype=np.float64) for cov in (cov_a, cov_b)]
    shapes = [array.shape for array in (*means, *covs)]
    d = means[0].size
    if shapes != [(d,), (d,), (d, d), (d, d)]:
        raise ValueError(
            f"means {shapes[0]}, {shapes[1]} and covariances {shapes[2]}, {shapes[3]} do not fit: "
            "they must be (d,), (d,), (d, d), (d, d)"
        )
    if not all(np.isfinite(array).all() for array in (*means, *covs)):
        raise ValueError("a mean or covariance is not finite: recompute it from finite features")
    return _distance(means[0], _factor(covs[0]), means[1], _factor(covs[1]))


def moments(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean and the unbiased covariance of `features`.

    Parameters
    ----------
    features : array, shape (n, d)

    Returns
    -------
    mean : float64 array, shape (d,)
    covariance : float64 array, shape (d, d)

    Raises
    ------
    ValueError
        For fewer than two samples or values that are not finite.
    """
    return _moments(as_features("features", features, at_least=2))


def frechet_against_n(
    features_a: np.ndarray,
    features_b: np.ndarray,
    sizes: Sequence[int],
    rng: np.random.Generator,
) -> np.ndarray:
    """Return the Frechet distance of random rows of `features_a` to as large a share of the other.

    Parameters
    ----------
    features_a : array, shape (n_a, d)
        The samples.
    features_b : array, shape (n_b, d)
        The reference, of which n n_b / n_a rows are taken, at least 2: the biases of both sets then
        fall as 1 / n.
    sizes : sequence of int
        Numbers n of rows of `features_a`, each in 2 ... n_a; drawn without replacement.
    rng : numpy.random.Generator

    Returns
    -------
    array, shape (len(sizes),)
        No warning is given for small sizes: their bias is what is being looked at.

    Raises
    ------
    ValueError
        For a size outside 2 ... n_a, values that are not finite, or differing dimensions.
    """
    a, b = as_feature_pair("features_a", features_a, "features_b", features_b, at_least=2)
    wrong = [size for size in sizes if not 2 <= size <= len(a)]
    if wrong:
        raise ValueError(f"sizes {wrong} are outside 2 ... {len(a)}, the rows of features_a")
    # A generator of its own: whoever draws after this finds the common one as if b were whole.
    of_reference = rng.spawn(1)[0]

    def moments_of(rows: np.ndarray, size: int, draw: np.random.Generator) -> Moments:
        return _mean_and_factor(rows[draw.choice(len(rows), size, replace=False)])

    whole = _mean_and_factor(b)
    distances = []
    for size in sizes:
        share = max(2, round(size * len(b) / len(a)))
        reference = whole if share == len(b) else moments_of(b, share, of_reference)
        distances.append(_distance(*moments_of(a, size, rng), *reference))
    return np.array(distances)


def frechet_at_infinity(sizes: Sequence[int], distances: Sequence[float] | np.ndarray) -> float:
    """Return the intercept of the straight line through `distances` against 1 / `sizes`.

    The bias of the Frechet distance is C / N to first order (Chong and Forsyth); so
    this is its estimate at infinite N, and may be slightly negative where the truth is zero.

    Parameters
    ----------
    sizes : sequence of int
        Numbers N of samples.
    distances : sequence of float
        The distance at each of them, as `frechet_against_n` gives it.

    Returns
    -------
    float
        In squared units of the features.

    Raises
    ------
    ValueError
        For fewer than two different sizes, lengths that differ, sizes below one, or distances that
        are not finite.
    """
    n = np.asarray(sizes, dtype=np.float64)
    y = np.asarray(distances, dtype=np.float64)
    if n.shape != y.shape or n.ndim != 1:
        raise ValueError(f"{n.shape} sizes and {y.shape} distances: give one distance per size")
    if not (np.isfinite(n).all() and (n >= 1).all() and np.isfinite(y).all()):
        raise ValueError(f"sizes {n} must be at least 1 and distances {y} finite: no line else")
    if np.unique(n).size < 2:
        raise ValueError(f"sizes {sizes} hold fewer than two different values: a line needs two")
    slope_and_intercept = np.polyfit(1.0 / n, y, deg=1)
    return float(slope_and_intercept[1])


def _distance(
    mean_a: np.ndarray, factor_a: np.ndarray, mean_b: np.ndarray, factor_b: np.ndarray
) -> float:
    """Squared Frechet distance from means (d,) and factors F (r, d) with C = F^T F."""
    difference = mean_a - mean_b
    traces = np.vdot(factor_a, factor_a) + np.vdot(factor_b, factor_b)
    nuclear_norm = np.linalg.svd(factor_a @ factor_b.T, compute_uv=False).sum()
    return max(0.0, float(difference @ difference + traces - 2.0 * nuclear_norm))


def _mean_and_factor(features: np.ndarray) -> Moments:
    """Mean (d,) and a factor (r, d), r <= d, of the covariance of `features` (n, d)."""
    n, dimensions = features.shape
    if n > dimensions:
        mean, cov = _moments(features)
        return mean, _factor(cov)
    # The centred samples are a factor already: smaller, and exact where the covariance is singular.
    mean = features.mean(axis=0, dtype=np.float64)
    return mean, (features - mean) / np.sqrt(n - 1)


def _factor(cov: np.ndarray) -> np.ndarray:
    """F (r, d) with F^T F = `cov` (d, d), r its numerical rank."""
    eigenvalues, vectors = np.linalg.eigh(cov)
    # Smaller eigenvalues are rounding, of either sign; their square roots would not be small.
    real = eigenvalues > len(cov) * np.finfo(np.float64).eps * max(eigenvalues[-1], 0.0)
    return np.sqrt(eigenvalues[real])[:, None] * vectors[:, real].T


def _moments(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    n, dimensions = features.shape
    mean = features.mean(axis=0, dtype=np.float64)
    scatter = np.zeros((dimensions, dimensions))
    for start in range(0, n, ROWS):
        centred = features[start : start + ROWS] - mean
        scatter += centred.T @ centred
    return mean, scatter / (n - 1)
