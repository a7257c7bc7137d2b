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

PIXEL_SIDE = 32
"""Pixels per side at which images are compared as pixels: enough to tell images apart, and
70,000 colour images are then 0.9 GB instead of 14 GB at 128 pixels."""

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


def rows_of(wanted: np.ndarray, index: np.ndarray) -> np.ndarray:
    """Row of every wanted image in a set whose images are numbered ``index``.

    Parameters
    ----------
    wanted : int array, shape (n,)
    index : int array, shape (m,)
        Each number once, in any order.

    Raises
    ------
    ValueError
        Where a wanted image is not in the set.
    """
    order = np.argsort(index)
    place = np.minimum(np.searchsorted(index, wanted, sorter=order), len(index) - 1)
    rows = order[place]
    missing = np.asarray(wanted)[index[rows] != wanted]
    if missing.size:
        raise ValueError(
            f"{missing.size} samples started from images that are not in this set (image "
            f"{missing[0]}, for one): the samples and the images belong to different runs"
        )
    return np.asarray(rows, dtype=np.int64)


def pixel_vectors(images: np.ndarray, side: int = PIXEL_SIDE) -> np.ndarray:
    """Images as vectors of at most ``side`` x ``side`` pixels, by block means.

    Parameters
    ----------
    images : uint8 array, shape (n, c, h, w)
    side : int
        Larger images are averaged over blocks as even as they can be; smaller ones stay.

    Returns
    -------
    float32 array, shape (n, c * min(h, side) * min(w, side)), grey values 0 ... 255
    """
    n = len(images)
    starts = [np.arange(min(s, side)) * s // min(s, side) for s in images.shape[-2:]]
    counts = [np.diff(np.append(cut, s)) for cut, s in zip(starts, images.shape[-2:], strict=True)]
    area = (counts[0][:, None] * counts[1]).astype(np.float32)
    vectors = np.empty((n, images.shape[1] * area.size), np.float32)
    for first in range(0, n, CHUNK):
        part = images[first : first + CHUNK].astype(np.float32)
        sums = np.add.reduceat(np.add.reduceat(part, starts[0], axis=2), starts[1], axis=3)
        vectors[first : first + CHUNK] = (sums / area).reshape(len(part), -1)
    return vectors
