"""What the solvers in single precision share: the stored background and the limit's polynomial."""

import numpy as np
import pytest

from beyond_blur.lbm.single_precision import (
    SERIES,
    SERIES_END,
    SMALLEST_BACKGROUND,
    split_background,
)


def test_the_polynomial_of_the_speed_limit_is_tanh_over_x_to_single_precision():
    square = np.linspace(1e-6, SERIES_END, 10_001)
    exact = np.tanh(np.sqrt(square)) / np.sqrt(square)
    value = np.polynomial.polynomial.polyval(square, SERIES.astype(np.float64))
    assert np.abs(value / exact - 1).max() <= 0.5 * np.finfo(np.float32).eps


@pytest.mark.parametrize("background", [9.5, 0.25, 0.2, 0.0, -0.2, -0.25, -3.0])
def test_a_background_near_zero_is_stored_as_another_one_and_what_is_left(background):
    base, offset = (float(x) for x in split_background(np.array(background)))
    assert base + offset == pytest.approx(background, abs=1e-15)
    assert abs(base) >= SMALLEST_BACKGROUND
    assert (offset == 0) == (abs(background) >= SMALLEST_BACKGROUND)
