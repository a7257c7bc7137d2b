"""What one table row says of a set of samples: every metric, from features and pixels.

Pure functions on arrays: `measure` compares two sets of features; `rows_of` and `pixel_vectors`
are what finding copies needs beside `metrics.copy_share`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from beyond_blur import metrics

KID_SUBSET = 1000
"""Samples per subset of the kernel distance, as in the literature; fewer where there are fewer."""


DRAWS_TIMES_DIM = 2048
"""Subsets of each size in the extrapolation, times feature dimensions: one subset for Inception."""


CHUNK = 1024


def measure(
    fake: np.ndarray,
    real: np.ndarray,
    *,
    nearest_k: int,
    seed: int,
    infinity_sizes: int = 5,
    kid_subsets: int = 100,
    threads: int | None = None,
) -> dict[str, Any]:
    """Every metric of one set of features against a reference.

    Parameters
    ----------
    fake : float array, shape (n, d)
        Features of the samples.
    real : float array, shape (m, d)
        Features of the reference.
    nearest_k : int
        k of precision, recall, density and coverage.
    seed : int
        Of the random subsets; the same seed gives the same numbers.
    infinity_sizes : int
        Subsets of rising size that the Frechet distance at infinite n is extrapolated from.
    kid_subsets : int
        Subsets the kernel distance is averaged over.
    threads : int, optional
        CPU threads.

    Returns
    -------
    dict
        JSON-ready: the metrics by name; ``frechet_sizes`` and ``frechet_by_size`` behind the
        extrapolation; ``n_samples``, ``n_reference`` and ``feature_dim``.

    Warns
    -----
    FewSamples
        Where n or m is at most d: the Frechet distance is then mostly bias.

    Raises
    ------
    ValueError
        For fewer than nearest_k + 2 rows, values that are not finite, or differing dimensions.
    """
    prdc = metrics.precision_recall_density_coverage(real, fake, nearest_k, n_threads=threads)
    distance = metrics.frechet_distance(fake, real)
    rng = np.random.default_rng(seed)
    return {
        "frechet_distance": distance,
        **prdc._asdict(),
        **extrapolate(fake, real, distance, infinity_sizes, rng),
        **kernel(fake, real, rng, kid_subsets, threads),
        "n_samples": len(fake),
        "n_reference": len(real),
        "feature_dim": fake.shape[1],
    }


def extrapolate(
    fake: np.ndarray, real: np.ndarray, distance: float, n_sizes: int, rng: np.random.Generator
) -> dict[str, Any]:
    """The Frechet distance at infinite n and the distances at smaller n that it stands on.

    Sizes run from a quarter of the samples to all of them, whose ``distance`` is known already.
    The bias from the reference's own finite number stays in; it is the same for every row. With
    few dimensions a subset's own scatter is as large as the bias, and a distance costs little: it
    is averaged over several subsets of each size.
    """
    n = len(fake)
    sizes = np.unique(np.linspace(max(2, n // 4), n, n_sizes).round().astype(int)).tolist()
    draws = max(1, DRAWS_TIMES_DIM // fake.shape[1])
    smaller = metrics.frechet_against_n(fake, real, np.repeat(sizes[:-1], draws).tolist(), rng)
    distances = [*smaller.reshape(-1, draws).mean(axis=1).tolist(), distance]
    at_infinity = metrics.frechet_at_infinity(sizes, distances) if len(sizes) > 1 else None
    return {
        "frechet_infinity": at_infinity,
        "frechet_sizes": sizes,
        "frechet_by_size": distances,
    }


def kernel(
    fake: np.ndarray,
    real: np.ndarray,
    rng: np.random.Generator,
    n_subsets: int,
    threads: int | None,
) -> dict[str, float]:
    """The kernel distance and the standard error that new samples would show.

    Subsets overlap, so the usual spread over sqrt(subsets) understates it. Instead the spread of
    subsets of m out of n is scaled by sqrt(m / (n - m)), the delete-d jackknife (Shao and Wu,
    Annals of Statistics 17, 1989), with the smaller set's n. For sets of one distribution it is up
    to twice too large. m is at most n / 2: subsets that are the whole set would all be the same,
    and their spread zero.
    """
    smaller = min(len(fake), len(real))
    size = max(2, min(KID_SUBSET, smaller // 2))
    value, error = metrics.kernel_distance(
        fake, real, rng, n_subsets=n_subsets, subset_size=size, n_threads=threads
    )
    scale = np.sqrt(n_subsets * size / (smaller - size))
    return {"kernel_distance": value, "kernel_standard_error": error * float(scale)}
