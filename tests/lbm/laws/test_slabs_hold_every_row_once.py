"""Threads that share an image have every row of it once, and a halo."""

import numpy as np
import pytest

from beyond_blur.lbm.cpu.slabs import slabs


@pytest.mark.parametrize("n", [1, 2, 3, 7])
def test_slabs_hold_every_row_once_and_reach_into_their_neighbours(n, walls):
    made = slabs(120, n, walls)
    rows = np.concatenate([np.arange(b.first, b.first + b.rows) for b in made])
    np.testing.assert_array_equal(rows, np.arange(120))
    reach = [(b.above, b.below) for b in made]
    inner = walls == "periodic" and n > 1
    assert (reach[0][0] > 0, reach[-1][1] > 0) == (inner, inner)
    assert all(a > 0 for a, _ in reach[1:]) and all(b > 0 for _, b in reach[:-1])
    assert max(max(pair) for pair in reach) <= min(b.rows for b in made)
