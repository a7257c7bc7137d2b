"""What one table row says of a set of samples: every metric, from its features.

A new metric is a file with its function and a line in `MEASURES`, beside the one in the catalogue
that says how tables and figures show it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from beyond_blur.metrics.clipped import clipped_density_and_coverage
from beyond_blur.metrics.frechet import (
    frechet_against_n,
    frechet_at_infinity,
    frechet_distance,
)
from beyond_blur.metrics.frechet_error import frechet_standard_error
from beyond_blur.metrics.kid import kernel_distance
from beyond_blur.metrics.measured_values import check_measured
from beyond_blur.metrics.prdc import precision_recall_density_coverage
from beyond_blur.metrics.sliced import sliced_distance

KID_SUBSET = 1000
"""Samples per subset of the kernel distance, as in the literature; fewer where there are fewer."""


DRAWS_TIMES_DIM = 2048
"""Subsets of each size in the extrapolation, times feature dimensions: one subset for Inception."""


@dataclass(frozen=True)
class Comparison:
    """Two sets of features that are measured against each other, and how.

    Attributes
    ----------
    fake : float array, shape (n, d)
        Features of the samples.
    real : float array, shape (m, d)
        Features of the reference.
    nearest_k : int
        k of precision, recall, density and coverage.
    infinity_sizes : int
        Subsets of rising size that the Frechet distance at infinite n is extrapolated from.
    kid_subsets : int
        Subsets the kernel distance is averaged over.
    threads : int or None
        CPU threads.
    rng : numpy.random.Generator
        Of the random subsets; metrics draw from it one after the other.
    """

    fake: np.ndarray
    real: np.ndarray
    nearest_k: int
    infinity_sizes: int
    kid_subsets: int
    threads: int | None
    rng: np.random.Generator

    @cached_property
    def distance(self) -> float:
        """The Frechet distance, which two metrics ask for."""
        return 0.0 if same(self.fake, self.real) else frechet_distance(self.fake, self.real)


def same(fake: np.ndarray, real: np.ndarray) -> bool:
    """Whether a set is measured against itself."""
    return np.array_equal(fake, real)


def frechet(sets: Comparison) -> dict[str, Any]:
    """The Frechet distance."""
    return {"frechet_distance": sets.distance}


def precision_and_recall(sets: Comparison) -> dict[str, Any]:
    """Precision, recall, density and coverage."""
    return precision_recall_density_coverage(
        sets.real, sets.fake, sets.nearest_k, n_threads=sets.threads
    )._asdict()


def clipped(sets: Comparison) -> dict[str, Any]:
    """Density and coverage that outliers cannot change."""
    return clipped_density_and_coverage(
        sets.real, sets.fake, sets.nearest_k, n_threads=sets.threads
    )._asdict()


def extrapolated(sets: Comparison) -> dict[str, Any]:
    """The Frechet distance at infinite n, and what it stands on."""
    return extrapolate(sets.fake, sets.real, sets.distance, sets.infinity_sizes, sets.rng)


def kernel_and_error(sets: Comparison) -> dict[str, Any]:
    """The kernel distance and its error."""
    return kernel(sets.fake, sets.real, sets.rng, sets.kid_subsets, sets.threads)


def sliced(sets: Comparison) -> dict[str, Any]:
    """The sliced Wasserstein distance."""
    return {"sliced_distance": sliced_distance(sets.fake, sets.real, sets.rng)}


def frechet_error(sets: Comparison) -> dict[str, Any]:
    """How much the Frechet distance would change with other images."""
    unlike = not same(sets.fake, sets.real)
    error = frechet_standard_error(sets.fake, sets.real, sets.rng) if unlike else 0.0
    return {"frechet_standard_error": error}


def sizes(sets: Comparison) -> dict[str, Any]:
    """Numbers of images, and of dimensions of a feature."""
    n, d = sets.fake.shape
    return {"n_samples": n, "n_reference": len(sets.real), "feature_dim": d}


MEASURES: dict[tuple[str, ...], Callable[[Comparison], dict[str, Any]]] = {
    ("frechet_distance",): frechet,
    ("precision", "recall", "density", "coverage"): precision_and_recall,
    ("frechet_infinity", "frechet_sizes", "frechet_by_size"): extrapolated,
    ("kernel_distance", "kernel_standard_error"): kernel_and_error,
    ("clipped_density", "clipped_coverage"): clipped,
    ("n_samples", "n_reference", "feature_dim"): sizes,
    ("sliced_distance",): sliced,
    ("frechet_standard_error",): frechet_error,
}
"""What is measured of a set: the names of its columns and the function that finds their values.

In this order, which decides what each draws from the common generator: a new metric that draws goes
to the end."""


def measure(
    fake: np.ndarray,
    real: np.ndarray,
    *,
    nearest_k: int,
    seed: int,
    infinity_sizes: int = 5,
    kid_subsets: int = 100,
    threads: int | None = None,
    of: str = "the samples",
) -> dict[str, Any]:
    """Every metric of one set of features against a reference.

    Parameters
    ----------
    fake, real, nearest_k, infinity_sizes, kid_subsets, threads
        As in `Comparison`.
    seed : int
        Of the random subsets; the same seed gives the same numbers.
    of : str
        What messages call the set.

    Returns
    -------
    dict
        JSON-ready: the columns of `MEASURES` by name, among them ``frechet_sizes`` and
        ``frechet_by_size`` behind the extrapolation.

    Warns
    -----
    FewSamples
        Where n or m is at most d: the Frechet distance is then mostly bias.

    Raises
    ------
    ValueError
        For fewer than nearest_k + 2 rows, values that are not finite, differing dimensions, or a
        metric that is not finite or outside its range.
    """
    rng = np.random.default_rng(seed)
    sets = Comparison(fake, real, nearest_k, infinity_sizes, kid_subsets, threads, rng)
    found: dict[str, Any] = {}
    for function in MEASURES.values():
        found |= function(sets)
    check_measured(found, of)
    return found


def extrapolate(
    fake: np.ndarray, real: np.ndarray, distance: float, n_sizes: int, rng: np.random.Generator
) -> dict[str, Any]:
    """The Frechet distance at infinite n and the distances at smaller n that it stands on.

    Sizes run from a quarter of the samples to all of them, whose ``distance`` is known already.
    The reference is cut in proportion, so that the bias of its own finite number goes as well. With
    few dimensions a subset's own scatter is as large as the bias, and a distance costs little: it
    is averaged over several subsets of each size. A set against itself is at distance 0 with
    itself, whatever its size.
    """
    n = len(fake)
    sizes = np.unique(np.linspace(max(2, n // 4), n, n_sizes).round().astype(int)).tolist()
    if same(fake, real):
        return {
            "frechet_infinity": 0.0,
            "frechet_sizes": sizes,
            "frechet_by_size": [0.0] * len(sizes),
        }
    draws = max(1, DRAWS_TIMES_DIM // fake.shape[1])
    smaller = frechet_against_n(fake, real, np.repeat(sizes[:-1], draws).tolist(), rng)
    distances = [*smaller.reshape(-1, draws).mean(axis=1).tolist(), distance]
    at_infinity = frechet_at_infinity(sizes, distances) if len(sizes) > 1 else None
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

    Subsets have half of the smaller set at most: those that are the whole set would all be the
    same, and their spread zero.
    """
    size = max(2, min(KID_SUBSET, min(len(fake), len(real)) // 2))
    value, error = kernel_distance(
        fake, real, rng, n_subsets=n_subsets, subset_size=size, n_threads=threads
    )
    return {"kernel_distance": value, "kernel_standard_error": error}
