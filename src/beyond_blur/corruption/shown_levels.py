"""Which levels of a process are shown where not all of them are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def levels_shown(visited: Sequence[int], n: int = 8) -> np.ndarray:
    """Some of the levels visited: the ends, and evenly spaced ones between.

    Parameters
    ----------
    visited : sequence of int
        Rising levels, such as ``range(K + 1)``.
    n : int
        At most so many are shown; at least 2.

    Returns
    -------
    int64 array, increasing
    """
    places = np.unique(np.linspace(0, len(visited) - 1, n).round().astype(np.int64))
    return np.asarray(visited, dtype=np.int64)[places]
