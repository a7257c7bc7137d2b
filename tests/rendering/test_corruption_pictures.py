"""Pictures of one corrupted image."""

import numpy as np
import pytest

from beyond_blur.rendering import corruption_pictures


def test_share_outside_counts_what_pictures_cut():
    states = np.full((2, 1, 4, 5), 0.5)
    states[1, 0, 0, :2] = 1.1, -0.2
    states[1, 0, 1] = 1 + 1e-7  # rounding is not counted
    np.testing.assert_allclose(corruption_pictures.share_outside(states), [0, 0.1])


@pytest.mark.parametrize(
    ("width", "text"),
    [(0.4, "0.4 px"), (1.234, "1.2 px"), (9.96, "10 px"), (127.6, "128 px"), (1024.0, "1024 px")],
)
def test_widths_are_never_written_with_an_exponent(width, text):
    assert corruption_pictures.in_pixels(width) == text
