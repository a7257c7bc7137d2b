"""Precision, recall, density and coverage from k-nearest-neighbour balls.

Every real sample carries a ball reaching to its k-th nearest real neighbour, every fake one
likewise among the fakes. With D the distances between real i and fake j and `<` strict:

    precision  share of fakes j inside any real ball        D[i, j] < r_real[i]
    density    mean number of real balls around a fake, over k
    recall     share of reals i inside any fake ball        D[i, j] < r_fake[j]
    coverage   share of real balls with any fake inside

References
----------
Kynkaanniemi et al., "Improved precision and recall metric...", NeurIPS 2019.
Naeem et al., "Reliable fidelity and diversity metrics for generative models", ICML 2020.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from beyond_blur.metrics.blocks import (
    CHUNK,
    Rows,
    in_threads,
    pair_distances,
    prepare,
    slices,
    squared_distances,
)
from beyond_blur.metrics.checks import as_feature_pair
from beyond_blur.metrics.neighbours import kth_neighbour_squared

# Uncertain pairs of a float32 block are looked at one by one up to this share of the block.
FEW = 1 / 256


class PRDC(NamedTuple):
    """The four values; density may exceed one, the others are shares."""

    precision: float
    recall: float
    density: float
    coverage: float


def precision_recall_density_coverage(
    real: np.ndarray,
    fake: np.ndarray,
    nearest_k: int,
    *,
    n_threads: int | None = None,
    chunk: int = CHUNK,
    device: str | None = None,
) -> PRDC:
    """Return the four metrics, equal to those of the `prdc` package but in bounded memory.

    Distances are rounded like that package's: to float32 when both sets are float32, else float64.
    No N x N array is kept: float32 blocks settle the pairs that are clearly inside or outside a
    ball, by a rigorous rounding bound, and float64 settles the rest. So neither the chunk nor the
    threads change the result. Exact ties count as outside. Where the package's own rounding decides
    (ties between float64 features, tight clusters far from the origin), the values here are those
    of the true distances.

    Parameters
    ----------
    real : array, shape (n, d)
    fake : array, shape (m, d)
    nearest_k : int
        Neighbours that set the radius of a ball (papers use 3 or 5).
    n_threads : int, optional
        CPU threads; by default what OMP_NUM_THREADS or the process's CPU affinity allows.
    chunk : int
        Rows and columns of a block; memory is about 8 chunk^2 bytes per thread beside one
        float32 copy of each set.
    device : str, optional
        A torch device ("cuda") to multiply the blocks on; NumPy by default.

    Returns
    -------
    PRDC
        Shares in 0 ... 1; density may be above 1.

    Raises
    ------
    ValueError
        For `nearest_k` below one, sets with fewer than nearest_k + 2 samples, values that are not
        finite, or differing dimensions.
    """
    if nearest_k < 1:
        raise ValueError(f"nearest_k={nearest_k}: it must be at least 1 (papers use 3 or 5)")
    real, fake = as_feature_pair("real", real, "fake", fake, at_least=nearest_k + 2)
    if real.dtype != fake.dtype:
        real, fake = real.astype(np.float64), fake.astype(np.float64)
    centre = real.mean(axis=0, dtype=np.float64)
    real_rows, fake_rows = (prepare(features, centre, device) for features in (real, fake))
    real_radii = ball_radii(real_rows, nearest_k, n_threads, chunk)
    fake_radii = ball_radii(fake_rows, nearest_k, n_threads, chunk)

    def look(block: tuple[slice, slice]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        i, j = block
        sides = real_radii[i][:, None], fake_radii[j][None, :]
        in_real, in_fake = inside(real_rows[i], fake_rows[j], sides)
        return in_real[0] + i.start, in_real[1] + j.start, in_fake[0] + i.start

    real_balls = np.zeros(len(fake), dtype=np.int64)
    covered, recalled = np.zeros((2, len(real)), dtype=bool)
    blocks = [(i, j) for i in slices(len(real), chunk) for j in slices(len(fake), chunk)]
    for covered_i, fake_j, recalled_i in in_threads(look, blocks, n_threads, "precision, recall"):
        real_balls += np.bincount(fake_j, minlength=len(fake))
        covered[covered_i] = True
        recalled[recalled_i] = True
    return PRDC(
        precision=float((real_balls > 0).mean()),
        recall=float(recalled.mean()),
        density=float(1.0 / nearest_k * real_balls.mean()),
        coverage=float(covered.mean()),
    )


def ball_radii(rows: Rows, nearest_k: int, n_threads: int | None, chunk: int) -> np.ndarray:
    """Distance (n,) of each row to its k-th nearest other row, in the precision of the features."""
    squared = kth_neighbour_squared(rows, nearest_k, n_threads, chunk)
    return np.sqrt(squared.astype(rows.features.dtype))


Pairs = tuple[np.ndarray, np.ndarray]


def inside(left: Rows, right: Rows, sides: Sequence[np.ndarray]) -> list[Pairs]:
    """Pairs (i, j) of rows that are closer than a radius, for each of several sets of radii.

    Parameters
    ----------
    left, right : Rows
        Of n and m rows.
    sides : sequence of array, shape (n, 1) or (1, m)
        Radii of the balls around the rows of one side.
    """
    splits = _split(left, right, sides)
    if sum(len(unsure) for _, unsure in splits) > FEW * len(left) * len(right):
        # Tight clusters far apart are all one to float32.
        splits = _split(left.finer(), right.finer(), sides)
    return [
        _confirm(left, right, radii, *split) for radii, split in zip(sides, splits, strict=True)
    ]


def _split(
    real: Rows, fake: Rows, sides: Sequence[np.ndarray]
) -> list[tuple[np.ndarray, np.ndarray]]:
    """For each side's radii, the flat indices of pairs surely inside, and of those too close."""
    squared, slack = squared_distances(real, fake)
    splits = []
    for radii in sides:
        squared_radii = np.square(radii, dtype=np.float64)
        # Distances are compared after rounding to the radii's precision, which may make a tie.
        band = slack + 4 * np.finfo(radii.dtype).eps * squared_radii
        outer = (squared_radii + band).astype(squared.dtype)
        near = np.flatnonzero(squared < outer)
        inner = (squared_radii - band).astype(squared.dtype)
        sure = squared.ravel()[near] < np.broadcast_to(inner, squared.shape).ravel()[near]
        splits.append((near[sure], near[~sure]))
    return splits


def _confirm(
    real: Rows, fake: Rows, radii: np.ndarray, sure: np.ndarray, unsure: np.ndarray
) -> Pairs:
    """Keep the sure pairs (i, j), and of the others those truly closer than the radius."""
    i, j = np.divmod(unsure, len(fake))
    distances = np.sqrt(pair_distances(real, fake, i, j).astype(radii.dtype))
    inside = distances < np.broadcast_to(radii, (len(real), len(fake)))[i, j]
    both_i, both_j = np.divmod(np.concatenate([sure, unsure[inside]]), len(fake))
    return both_i, both_j
