"""The states of a batch: levels, grey range, transport and errors."""

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from beyond_blur.config import Corruption, Levels, Velocity
from beyond_blur.config.blur_widths import blur_widths
from beyond_blur.corruption.backend import Backend, choose
from beyond_blur.corruption.states import corrupt
from beyond_blur.lbm.trajectory import Trajectory


@pytest.mark.parametrize("peclet", [0.0, 0.2])
@pytest.mark.parametrize("name", ["auto", "cpu", "reference"])
def test_levels_come_in_any_order_with_repeats_and_level_zero_is_the_clean_image(
    images, trajectory, name, peclet
):
    trajectory = replace(trajectory, peclet=peclet)
    backend = choose(Corruption(backend=name), trajectory, images.shape[1:])
    keep = np.array([[0, 10, 3, 10], [5, 0, 0, 1], [0, 0, 0, 0]])
    states = corrupt(images, trajectory, np.arange(3), keep, backend)
    assert states.shape == (3, 4, 3, 12, 10) and states.dtype == np.float32
    for i, j in np.argwhere(keep == 0):
        np.testing.assert_array_equal(states[i, j], images[i])
    np.testing.assert_array_equal(states[0, 1], states[0, 3])
    alone = corrupt(images[:1], trajectory, np.arange(1), np.array([[3]]), backend)
    np.testing.assert_array_equal(states[0, 2], alone[0, 0])


@pytest.mark.parametrize("peclet", [0.0, 0.05, 0.2])
def test_backends_agree_in_grey_values(images, trajectory, peclet):
    trajectory, keep = replace(trajectory, peclet=peclet), np.tile(np.arange(11), (3, 1))
    states = [
        corrupt(
            images, trajectory, np.arange(3), keep,
            choose(Corruption(backend=name), trajectory, images.shape[1:]),
        )
        for name in ("reference", "cpu")
    ]  # fmt: skip
    assert np.abs(states[0] - states[1]).max() <= 1e-5


def test_the_grey_range_adds_the_compression_of_a_uniform_field(trajectory):
    """(P(a + b u) - a) / b = P u + (a / b) (P 1 - 1)."""
    x = np.random.default_rng(0).random((2, 1, 12, 10), np.float32)
    seeds, keep = np.arange(2), np.array([[10], [7]])

    def states(of, low, high):
        way = replace(trajectory, grey_range=(low, high), velocity=Velocity(frame_spacing=4))
        return corrupt(of, way, seeds, keep).astype(np.float64)

    compressed = states(np.ones_like(x), 0.0, 1.0) - 1
    assert np.abs(compressed).max() > 1e-3
    expected = states(x, 0.0, 1.0) + 9.5 * compressed
    np.testing.assert_allclose(states(x, 0.95, 1.05), expected, atol=5e-6)


def test_without_transport_the_image_diffuses_and_the_flow_compresses_a_black_one(
    images, trajectory
):
    seeds, keep = np.arange(3), np.array([[10, 0], [3, 1], [0, 5]])
    still = corrupt(images, trajectory.without_flow(), seeds, keep)
    black = corrupt(np.zeros_like(images), trajectory, seeds, keep)
    assert np.abs(black).max() > 1e-3
    control = corrupt(images, replace(trajectory, transport=False), seeds, keep)
    np.testing.assert_array_equal(control, still + black)


def test_a_divergence_free_flow_leaves_a_uniform_field_but_for_the_grid_and_the_walls():
    uniform = np.full((4, 1, 64, 64), 0.5, np.float32)
    widths = tuple(blur_widths(Levels(n_levels=10, sigma_max=16.0)))
    change = {}
    for walls in ("periodic", "mirror"):
        for free in (False, True):
            trajectory = Trajectory(widths, 0.1, Velocity(divergence_free=free), walls=walls)
            state = corrupt(uniform, trajectory, np.arange(4), np.full((4, 1), 10))
            change[walls, free] = np.abs(state - 0.5).max()
    assert change["periodic", True] < 0.05 * change["periodic", False]
    assert change["mirror", True] < change["mirror", False]


@pytest.mark.parametrize("name", ["reference", "cpu"])
@pytest.mark.parametrize("shape", [(8, 8), (33, 17), (64, 64)])
def test_a_flow_between_walls_leaves_a_uniform_field_to_rounding(name, shape):
    uniform = np.full((1, 2, *shape), 0.3, np.float32)
    uniform[:, 1] = 0.9
    widths = tuple(blur_widths(Levels(n_levels=10, sigma_max=8.0)))
    trajectory = Trajectory(widths, 0.1, Velocity(basis="walls"))
    backend = choose(Corruption(backend=name), trajectory, (2, *shape))
    states = corrupt(uniform, trajectory, np.arange(1), np.array([[10, 3]]), backend)
    assert np.abs(states - uniform[:, None]).max() <= 2e-7


@pytest.mark.parametrize(("change", "message"), [
    ({"images": np.zeros((3, 8, 8), np.float32)}, r"images must be \(n, c, h, w\).*\(3, 8, 8\)"),
    ({"images": np.zeros((3, 1, 1, 8), np.float32)}, r"at least 2 x 2 pixels.*\(3, 1, 1, 8\)"),
    ({"seeds": np.arange(2)}, r"seeds must be \(3,\), one per image, but have shape \(2,\)"),
    ({"keep": np.zeros((2, 1), int)}, r"keep must be \(3, m\), one row per image, but is \(2, 1\)"),
    ({"keep": np.full((3, 1), 11)}, r"asks for level 11, but levels are 0..10; .*levels.n_levels"),
    ({"keep": np.full((3, 1), -1)}, r"asks for level -1"),
    ({"trajectory": Trajectory(tuple(range(11)), 50.0)},
     r"a third of velocity.speed_limit = 0.01, .*; lower peclet to 0.24$"),
])  # fmt: skip
def test_errors_name_the_value_and_what_to_do(images, trajectory, change, message):
    arguments = {"images": images, "trajectory": trajectory, "seeds": np.arange(3)}
    with pytest.raises(ValueError, match=message):
        corrupt(**{**arguments, "keep": np.full((3, 1), 10), **change})


def test_the_no_flow_solver_refuses_a_flow(images, trajectory):
    with pytest.raises(ValueError, match=r"peclet is 0.2, but this solver has no flow"):
        corrupt(images, trajectory, np.arange(3), np.ones((3, 1), int), Backend("diffusion"))


def test_importing_the_corruption_loads_no_compiler():
    code = "import sys, beyond_blur.corruption.pairs; sys.exit('numba' in sys.modules)"
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path))
    ran = subprocess.run([sys.executable, "-c", code], env=environment, check=False)
    assert ran.returncode == 0
