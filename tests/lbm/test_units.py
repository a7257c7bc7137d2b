"""Conversions invert, and say what the paper says."""

import numpy as np
import pytest

from beyond_blur.lbm import units


def test_conversions_invert():
    speed = units.rms_speed(0.06, 0.13, 128)
    assert units.peclet_number(speed, 0.13, 128) == pytest.approx(0.06, rel=1e-15)
    assert units.blur_width(units.fourier_number(17.3, 64), 64) == pytest.approx(17.3, rel=1e-15)
    assert units.omega(1 / 6) == pytest.approx(1, abs=1e-15)


def test_fourier_number_is_alpha_t_over_length_squared():
    alpha, t, size = 0.1, 50, 32
    assert units.fourier_number(np.sqrt(2 * alpha * t), size) == pytest.approx(alpha * t / size**2)


def test_expected_displacement_is_the_papers():
    assert units.expected_displacement(0.1, 128, 128) == pytest.approx(6.4)
    assert units.expected_displacement(0.1, 32, 128) == pytest.approx(0.4)
