"""Interpolating between key frames costs at most 1e-4 grey values."""

import numpy as np
import pytest
from lattice import BACKGROUND, images, run, schedule

from beyond_blur.config import Velocity
from beyond_blur.lbm.key_frames import frame_spacing
from beyond_blur.lbm.units import rms_speed


def key_frame_error(shape, peclet, n_images=2, sigma_max=None, **flow):
    """Largest difference at any level from the flow made at every step."""
    sigma_max = float(max(shape)) if sigma_max is None else sigma_max
    made = schedule(200, sigma_max)
    phi = np.kron(images((shape[0] // 4, shape[1] // 4), n_images, 1), np.ones((4, 4), np.float32))
    steps = [run("cpu", phi, made, peclet, background=BACKGROUND, **flow, frame_spacing=spacing)
             for spacing in (None, 1)]  # fmt: skip
    return np.abs(steps[0] - steps[1]).max()


@pytest.mark.parametrize("divergence_free", [False, True])
@pytest.mark.parametrize("peclet", [0.06, 0.12, 0.3])
@pytest.mark.parametrize("size", [16, 32, 64])
def test_key_frames_cost_at_most_a_ten_thousandth_of_the_grey_range(size, peclet, divergence_free):
    error = key_frame_error((size, size), peclet, divergence_free=divergence_free)
    assert error <= 1e-4


@pytest.mark.parametrize("shape", [(8, 64), (64, 8), (16, 64), (4, 48)])
def test_key_frames_cost_at_most_a_ten_thousandth_on_oblong_images(shape):
    """There few modes carry most of the flow, and its energy swings."""
    assert key_frame_error(shape, 0.06, 6, sigma_max=12.0) <= 1e-4


def test_key_frames_of_a_flow_of_few_modes_cost_no_more():
    few = {"wavenumber_max": 1}
    assert frame_spacing(Velocity(**few), (32, 32), 0.1) > 1
    assert key_frame_error((32, 32), 0.1, 6, **few) <= 1e-4


@pytest.mark.parametrize("size", [8, 16, 32])
def test_key_frames_cost_at_most_a_ten_thousandth_at_the_speed_limit(size):
    """There the limit bends the field between frames."""
    flow = {"speed_limit": rms_speed(0.1, 1 / 6, size)}
    assert frame_spacing(Velocity(**flow), (size, size), 0.1) > 1
    assert key_frame_error((size, size), 0.1, 8, **flow) <= 1e-4


@pytest.mark.parametrize("shape", [(16, 16), (32, 32), (16, 48)])
def test_key_frames_of_a_flow_between_walls_cost_no_more_either(shape):
    assert frame_spacing(Velocity(basis="walls"), shape, 0.1) > 1
    assert key_frame_error(shape, 0.1, 4, sigma_max=16.0, basis="walls") <= 1e-4


def test_key_frames_cost_at_most_a_ten_thousandth_at_128_pixels():
    assert key_frame_error((128, 128), 0.1, 1, sigma_max=16.0) <= 1e-4


@pytest.mark.slow
@pytest.mark.parametrize("divergence_free", [False, True])
def test_key_frames_cost_at_most_a_ten_thousandth_over_all_levels_at_128_pixels(divergence_free):
    assert key_frame_error((128, 128), 0.12, 2, divergence_free=divergence_free) <= 1e-4
