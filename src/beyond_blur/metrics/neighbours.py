"""Exact nearest neighbours from float32 blocks.

A shortlist keeps, for every row, a few more neighbours than asked for. Where the last of them is
farther than the k-th by more than the rounding of the blocks, the true k are on the list, and
float64 differences put them in order. The few other rows are searched once more in float64.
"""

from __future__ import annotations

import numpy as np

from beyond_blur.metrics.blocks import (
    CHUNK,
    Rows,
    in_threads,
    pair_distances,
    prepare,
    slices,
    squared_differences,
    squared_distances,
)
from beyond_blur.metrics.checks import as_feature_pair

# Neighbours kept beyond k: near ties that float32 cannot order are rarely more.
SPARE = 8
# Rows of the second search, which looks at all columns at once.
FULL_ROWS = 64

Candidates = tuple[np.ndarray, np.ndarray, np.ndarray]


def nearest_neighbours(
    query: np.ndarray,
    base: np.ndarray,
    k: int = 1,
    *,
    exclude: np.ndarray | None = None,
    n_threads: int | None = None,
    chunk: int = CHUNK,
    device: str | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the k nearest rows of `base` for every row of `query`, in bounded memory.

    Parameters
    ----------
    query : array, shape (n, d)
    base : array, shape (m, d)
    k : int
        1 ... m, or 1 ... m - 1 with `exclude`.
    exclude : int array, shape (n,), optional
        For each query a row of `base` that must not be found (its own image, its source).
    n_threads, chunk, device
        As in `precision_recall_density_coverage`.

    Returns
    -------
    indices : int array, shape (n, k)
        By increasing distance; equal distances by increasing index.
    distances : float64 array, shape (n, k)
        Euclidean, in units of the features.

    Raises
    ------
    ValueError
        For k out of range, values that are not finite, or differing dimensions.
    """
    query, base = as_feature_pair("query", query, "base", base)
    available = len(base) - (exclude is not None)
    if not 1 <= k <= available:
        raise ValueError(f"k={k} is outside 1 ... {available}, the rows of base that may be found")
    if exclude is not None:
        exclude = _as_rows_of(base, "exclude", exclude, len(query))
    centre = base.mean(axis=0, dtype=np.float64)
    left, right = (prepare(features, centre, device=device) for features in (query, base))
    shortlist = _search(left, right, k, exclude, n_threads, chunk)
    indices, squared = _settle(shortlist, left, right, k, np.arange(len(left)), exclude, n_threads)
    return indices, np.sqrt(squared)


def copy_share(
    samples: np.ndarray, sources: np.ndarray, base: np.ndarray, *, n_threads: int | None = None
) -> float:
    """Return the share of samples whose nearest row of `base` is the row they were made from.

    Parameters
    ----------
    samples : array, shape (n, d)
    sources : int array, shape (n,)
        Row of `base` whose corruption was the prior of each sample.
    base : array, shape (m, d)
        Features (or flattened pixels) of the images that priors were taken from.
    n_threads : int, optional
        CPU threads; by default what OMP_NUM_THREADS or the process's CPU affinity allows.

    Returns
    -------
    float
        A source that ties with another row for nearest counts: copies in `base` hide nothing.

    Raises
    ------
    ValueError
        For sources that are not one row of `base` per sample, and as `nearest_neighbours`.
    """
    samples, base = as_feature_pair("samples", samples, "base", base)
    sources = _as_rows_of(base, "sources", sources, len(samples))
    indices, _ = nearest_neighbours(samples, base, n_threads=n_threads)
    everyone = np.arange(len(samples))
    to_source = squared_differences(samples, everyone, base, sources)
    to_nearest = squared_differences(samples, everyone, base, indices[:, 0])
    return float((to_source <= to_nearest).mean())


def kth_neighbour_squared(
    rows: Rows, k: int, n_threads: int | None = None, chunk: int = CHUNK
) -> np.ndarray:
    """Return the squared distance (n,) of each row to its k-th nearest other row, in float64."""
    shortlist = _search_within(rows, k, n_threads, chunk)
    copies = np.bincount(rows.first_copies)[rows.first_copies]
    squared = np.zeros(len(rows))  # right for rows that have k copies beside themselves
    others = np.flatnonzero(copies <= k)
    if others.size:
        itself = np.arange(len(rows))
        _, distances = _settle(shortlist, rows, rows, k, others, itself, n_threads)
        squared[others] = distances[:, -1]
    return squared


class _Shortlist:
    """The smallest squared distances seen so far of each row, increasing, with their columns."""

    def __init__(self, n: int, width: int):
        self.values = np.full((n, width), np.finfo(np.float32).max, dtype=np.float32)
        self.columns = np.full((n, width), -1)

    def candidates(self, rows: slice, first_column: int, squared: np.ndarray) -> Candidates:
        """Entries of `squared` (rows, columns) that may enter the list: row, column, value.

        Reads the list without changing it. A list that another thread has since improved only
        lets more entries through.
        """
        width = self.values.shape[1]
        bound = self.values[rows, -1]
        if squared.shape[1] > width and bound.max() == np.finfo(np.float32).max:
            column = np.argpartition(squared, width, axis=1)[:, :width].ravel()
            row = np.repeat(np.arange(len(squared)), width)
        elif squared.flags.c_contiguous:
            row, column = np.divmod(np.flatnonzero(bound[:, None] > squared), squared.shape[1])
        else:  # a transposed block: the same, in the order of its memory
            column, row = np.divmod(np.flatnonzero(bound > squared.T), squared.shape[0])
        value = squared[row, column]
        found = value < np.inf  # infinite marks excluded pairs
        return row[found] + rows.start, column[found] + first_column, value[found]

    def merge(self, row: np.ndarray, column: np.ndarray, value: np.ndarray) -> None:
        """Enter the candidates, keeping the smallest of each row."""
        width = self.values.shape[1]
        touched, owner = np.unique(row, return_inverse=True)
        owner = np.concatenate([np.repeat(np.arange(len(touched)), width), owner])
        value = np.concatenate([self.values[touched].ravel(), value])
        column = np.concatenate([self.columns[touched].ravel(), column])
        first = _smallest(owner, value, column, len(touched), width)
        self.values[touched], self.columns[touched] = value[first], column[first]


def _smallest(
    owner: np.ndarray, value: np.ndarray, column: np.ndarray, n: int, k: int
) -> np.ndarray:
    """Positions (n, k) of each owner's k smallest values, equal values by column."""
    order = np.lexsort((column, value, owner))
    starts = np.searchsorted(owner[order], np.arange(n))
    return order[starts[:, None] + np.arange(k)]


def _search(
    left: Rows, right: Rows, k: int, exclude: np.ndarray | None, n_threads: int | None, chunk: int
) -> _Shortlist:
    """Shortlist the rows of `right` nearest to each row of `left`."""
    available = len(right) - (exclude is not None)
    shortlist = _Shortlist(len(left), min(k + SPARE, available))

    def look(block: tuple[slice, slice]) -> Candidates:
        i, j = block
        squared, _ = squared_distances(left[i], right[j])
        if exclude is not None:
            _exclude(squared, exclude[i] - j.start)
        return shortlist.candidates(i, j.start, squared)

    blocks = [(i, j) for i in slices(len(left), chunk) for j in slices(len(right), chunk)]
    for candidates in in_threads(look, blocks, n_threads, "nearest neighbours"):
        shortlist.merge(*candidates)
    return shortlist


def _search_within(rows: Rows, k: int, n_threads: int | None, chunk: int) -> _Shortlist:
    """Shortlist the other rows nearest to each row; every block serves its rows and columns."""
    shortlist = _Shortlist(len(rows), min(k + SPARE, len(rows) - 1))

    def look(block: tuple[slice, slice]) -> list[Candidates]:
        i, j = block
        squared, _ = squared_distances(rows[i], rows[j])
        if i == j:
            np.fill_diagonal(squared, np.inf)
            return [shortlist.candidates(i, j.start, squared)]
        return [
            shortlist.candidates(i, j.start, squared),
            shortlist.candidates(j, i.start, squared.T),
        ]

    parts = slices(len(rows), chunk)
    upper = [(i, j) for row, i in enumerate(parts) for j in parts[row:]]
    # The diagonal first: it gives every row a full list, and so a bound, early.
    upper.sort(key=lambda block: block[1].start - block[0].start)
    for both in in_threads(look, upper, n_threads, "nearest neighbours"):
        for candidates in both:
            shortlist.merge(*candidates)
    return shortlist


def _settle(
    shortlist: _Shortlist,
    left: Rows,
    right: Rows,
    k: int,
    which: np.ndarray,
    exclude: np.ndarray | None,
    n_threads: int | None,
) -> tuple[np.ndarray, np.ndarray]:
    """Find indices and squared distances, (len(which), k), of the exact k nearest of some rows."""
    limit = shortlist.values[which, k - 1] + 2 * (left.error[which] + right.error.max())

    def order(part: slice) -> tuple[np.ndarray, np.ndarray]:
        rows = which[part]
        row, place = np.nonzero(shortlist.values[rows] <= limit[part, None])
        return _k_nearest(left[rows], right, k, row, shortlist.columns[rows][row, place])

    pieces = slices(len(which), CHUNK)
    parts = list(in_threads(order, pieces, n_threads, "neighbours in order"))
    indices, squared = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))

    complete = shortlist.values.shape[1] == len(right) - (exclude is not None)
    again = np.flatnonzero(shortlist.values[which, -1] <= limit)
    if not complete and again.size:
        finer = right.finer()
        for part in slices(len(again), FULL_ROWS):
            rows = which[again[part]]
            indices[again[part]], squared[again[part]] = _search_again(
                left[rows].finer(), finer, k, None if exclude is None else exclude[rows]
            )
    return indices, squared


def _search_again(
    left: Rows, right: Rows, k: int, exclude: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """As `_settle` without a shortlist: every pair that may be among the k nearest is measured."""
    approximate, slack = squared_distances(left, right)
    if exclude is not None:
        _exclude(approximate, exclude)
    limit = np.partition(approximate, k - 1, axis=1)[:, k - 1] + 2 * slack
    return _k_nearest(left, right, k, *np.nonzero(approximate <= limit[:, None]))


def _k_nearest(
    left: Rows, right: Rows, k: int, row: np.ndarray, column: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Order the pairs (row, column) exactly and keep the k nearest columns of every row."""
    squared = pair_distances(left, right, row, column)
    first = _smallest(row, squared, column, len(left), k)
    return column[first], squared[first]


def _exclude(squared: np.ndarray, columns: np.ndarray) -> None:
    """Put one column of each row, where it lies in this block, out of reach."""
    rows = np.flatnonzero((columns >= 0) & (columns < squared.shape[1]))
    squared[rows, columns[rows]] = np.inf


def _as_rows_of(base: np.ndarray, name: str, rows: np.ndarray, n: int) -> np.ndarray:
    rows = np.asarray(rows)
    if rows.shape != (n,) or not np.issubdtype(rows.dtype, np.integer):
        raise ValueError(
            f"{name} has shape {rows.shape} and type {rows.dtype}; it must be ({n},) of integers, "
            "one row of base for each"
        )
    if not 0 <= rows.min() <= rows.max() < len(base):
        raise ValueError(
            f"{name} runs from {rows.min()} to {rows.max()}; rows of base are 0 ... {len(base) - 1}"
        )
    return rows
