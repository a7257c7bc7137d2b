"""Pictures of one corrupted image."""

import numpy as np

from beyond_blur.rendering import corruption_pictures


def test_share_outside_counts_what_pictures_cut():
    states = np.full((2, 1, 4, 5), 0.5)
    states[1, 0, 0, :2] = 1.1, -0.2
    states[1, 0, 1] = 1 + 1e-7  # rounding is not counted
    np.testing.assert_allclose(corruption_pictures.share_outside(states), [0, 0.1])
