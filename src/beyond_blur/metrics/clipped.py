"""Clipped Density and Clipped Coverage: shares of good samples that outliers cannot change.

Density counts the balls of real samples that a sample lies in. One real outlier has a ball as large
as the data, and one sample in a crowd counts many times. Here

    density    a ball reaches to the k-th nearest real neighbour or to the median of all those
               reaches, whichever is nearer, and a sample counts min(balls it lies in / k, 1); the
               mean is divided by that of the real samples themselves, and cut at 1
    coverage   mean over the real samples of min(samples in the whole ball / k, 1), mapped to the
               share of good samples of which this mean is to be expected

so that both fall in proportion to the share of bad samples. If m of M samples are good, the number
of them in a ball around one of N real samples is beta-binomial: its ball holds a share of the
distribution that follows Beta(k, N - k).

Reference
---------
Salvy et al., "Enhanced generative model evaluation with clipped density and coverage", 2025
(arXiv 2507.01761). Written from the definition.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from beyond_blur.metrics.blocks import CHUNK, Rows, in_threads, prepare, slices
from beyond_blur.metrics.checks import as_feature_pair
from beyond_blur.metrics.prdc import ball_radii, inside


class Clipped(NamedTuple):
    """Both values, from 0 to 1; no density where real samples lie in no ball of another."""

    clipped_density: float | None
    clipped_coverage: float


def clipped_density_and_coverage(
    real: np.ndarray,
    fake: np.ndarray,
    nearest_k: int,
    *,
    n_threads: int | None = None,
    chunk: int = CHUNK,
) -> Clipped:
    """Clipped Density and Clipped Coverage of samples against real ones.

    Parameters
    ----------
    real : array, shape (n, d)
    fake : array, shape (m, d)
    nearest_k : int
        Neighbours that set the radius of a ball; the paper's is 5. At 1 no real sample lies inside
        a ball of another, and there is no density.
    n_threads : int, optional
        CPU threads; by default what OMP_NUM_THREADS or the process's CPU affinity allows.
    chunk : int
        Rows and columns of a block.

    Raises
    ------
    ValueError
        For sets with fewer than nearest_k + 2 samples, values that are not finite, or differing
        dimensions.
    """
    real, fake = as_feature_pair("real", real, "fake", fake, at_least=nearest_k + 2)
    if real.dtype != fake.dtype:
        real, fake = real.astype(np.float64), fake.astype(np.float64)
    centre = real.mean(axis=0, dtype=np.float64)
    real_rows, fake_rows = (prepare(features, centre) for features in (real, fake))
    radii = ball_radii(real_rows, nearest_k, n_threads, chunk)
    clipped = np.minimum(radii, np.median(radii)).astype(radii.dtype)
    balls, _ = _counts(real_rows, real_rows, (clipped,), n_threads, chunk)
    # Every real sample lies in its own ball, unless that has no extent.
    usual = _share(balls[0] - (clipped > 0), nearest_k)
    of_samples, of_balls = _counts(real_rows, fake_rows, (clipped, radii), n_threads, chunk)
    found = _share(of_samples[0], nearest_k)
    covered = _share(of_balls[1], nearest_k)
    return Clipped(
        clipped_density=min(found / usual, 1.0) if usual > 0 else None,
        clipped_coverage=share_of_good(covered, len(real), len(fake), nearest_k),
    )


def share_of_good(covered: float, n_real: int, n_fake: int, nearest_k: int) -> float:
    """The least share of good samples of which a mean filling of the balls is expected.

    Parameters
    ----------
    covered : float
        Mean of min(samples in a ball / k, 1) over the real samples.
    n_real, n_fake, nearest_k : int
    """
    from scipy.special import betaln, gammaln

    good = np.arange(n_fake + 1, dtype=np.float64)[:, None]
    inside_ball = np.arange(nearest_k, dtype=np.float64)
    possible = good >= inside_ball
    rest = np.where(possible, good - inside_ball, 0)
    log_p = (
        gammaln(good + 1) - gammaln(inside_ball + 1) - gammaln(rest + 1)
        + betaln(nearest_k + inside_ball, n_real - nearest_k + rest)
        - betaln(nearest_k, n_real - nearest_k)
    )  # fmt: skip
    missing = (possible * np.exp(log_p)) @ (nearest_k - inside_ball)
    expected = 1 - missing / nearest_k
    # A mean that is expected exactly is not to be lost to rounding.
    least = int(np.searchsorted(expected, covered - 1e-12))
    return min(least / n_fake, 1.0)


def _share(counts: np.ndarray, nearest_k: int) -> float:
    return float(np.minimum(counts / nearest_k, 1.0).mean())


def _counts(
    left: Rows, right: Rows, radii: tuple[np.ndarray, ...], n_threads: int | None, chunk: int
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """For each set of radii of the left rows: balls that a right row lies in; rows in a ball."""
    blocks = [(i, j) for i in slices(len(left), chunk) for j in slices(len(right), chunk)]

    def look(block: tuple[slice, slice]) -> list[tuple[np.ndarray, np.ndarray]]:
        i, j = block
        found = inside(left[i], right[j], [one[i][:, None] for one in radii])
        return [(rows + i.start, columns + j.start) for rows, columns in found]

    of_left = [np.zeros(len(left), dtype=np.int64) for _ in radii]
    of_right = [np.zeros(len(right), dtype=np.int64) for _ in radii]
    for found in in_threads(look, blocks, n_threads, "clipped density, coverage"):
        for side, (rows, columns) in enumerate(found):
            of_left[side] += np.bincount(rows, minlength=len(left))
            of_right[side] += np.bincount(columns, minlength=len(right))
    return of_right, of_left
