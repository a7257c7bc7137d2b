"""The Peclet number's picture does not depend on the number of pixels."""

import numpy as np

from beyond_blur.analysis import peclet_grid
from beyond_blur.analysis.peclet_grid import grid_states
from beyond_blur.data.photograph import square_photograph


def test_peclet_and_fourier_number_make_the_picture_whatever_its_size(monkeypatch):
    """Half the pixels, the same picture: up to the grid's order, which halving it again shows."""
    monkeypatch.setattr(peclet_grid, "SIZES", (32, 64))
    monkeypatch.setattr(peclet_grid, "SHARES", (1 / 8,))
    still, moved = (
        [grid_states(square_photograph(None, size), peclet, False, 0)[0] for size in (32, 64)]
        for peclet in (0.0, 0.5)
    )
    change = [m - s for m, s in zip(moved, still, strict=True)]
    fine = change[1].reshape(3, 32, 2, 32, 2).mean((2, 4))
    assert np.corrcoef(change[0].ravel(), fine.ravel())[0, 1] > 0.97
