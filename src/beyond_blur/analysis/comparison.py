"""How sure a mean over runs is, and whether two means differ: intervals and corrected tests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

DRAWS = 2000
"""Draws of a bootstrap: its ends are then known to about 3 % of its width."""


LEVEL = 0.95
"""Share of intervals that are to hold the truth."""


def mean_interval(
    runs: Sequence[np.ndarray], rng: np.random.Generator, draws: int = DRAWS
) -> tuple[float, float] | None:
    """Percentile interval of a mean by a bootstrap over runs, and over the values within each.

    Of n runs with one value each it lies between the smallest and the largest, so that it cannot
    hold the truth more often than these do: in 1 - 2^(1 - n) of cases, 75 % for three runs and
    94 % for five.

    Parameters
    ----------
    runs : sequence of array, each of shape (m_i,)
        Values of each run: a training with its sampling seeds, or a seed with its one value.
    rng : numpy.random.Generator
    draws : int

    Returns
    -------
    (low, high) or None
        The middle `LEVEL` of means of runs that are drawn with replacement, each the mean of its
        values, drawn likewise; None of a single run.
    """
    if len(runs) < 2:
        return None
    chosen = rng.integers(len(runs), size=(len(runs), draws))
    means = np.empty(chosen.shape)
    for i, values in enumerate(runs):
        # Drawn anew wherever the run is chosen, twice in one draw as well.
        places = chosen == i
        means[places] = rng.choice(values, (places.sum(), len(values))).mean(axis=1)
    found = means.mean(axis=0)
    low, high = np.quantile(found, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def welch(a: np.ndarray, b: np.ndarray) -> float | None:
    """Two-sided p of equal means of two sets of runs, whose spreads may differ (Welch 1947).

    Parameters
    ----------
    a, b : array, shapes (n,) and (m,)
        A value for each run.

    Returns
    -------
    float or None
        None with fewer than two runs of either, or where no run differs from its set's mean: a
        spread of nothing says nothing of new runs.
    """
    from scipy.stats import t

    if min(len(a), len(b)) < 2:
        return None
    of_a, of_b = (x.var(ddof=1) / len(x) for x in (a, b))
    if of_a + of_b == 0:
        return None
    freedom = (of_a + of_b) ** 2 / (of_a**2 / (len(a) - 1) + of_b**2 / (len(b) - 1))
    statistic = abs(a.mean() - b.mean()) / np.sqrt(of_a + of_b)
    return float(2 * t.sf(statistic, freedom))


def holm(p_values: Sequence[float]) -> list[float]:
    """Values of p corrected for their number, by Holm's steps (1979), in the order given.

    Called significant below 0.05, all of them together err once in twenty tables, whatever they
    have to do with each other.

    Parameters
    ----------
    p_values : sequence of float
    """
    values = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    steps = values[order] * (len(values) - np.arange(len(values)))
    corrected = np.empty_like(values)
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return [float(value) for value in corrected]
