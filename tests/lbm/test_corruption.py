"""The corruption of a batch: levels, seeds, pairs, grey range and errors."""

import dataclasses
import os
import subprocess
import sys

import numpy as np
import pytest

from beyond_blur.config import Corruption, Levels, Velocity
from beyond_blur.corruption.pairs import (
    TERMINAL_DRAW,
    draw_pairs,
    flow_seeds,
    stratified_levels,
    terminal_states,
)
from beyond_blur.corruption.states import corrupt
from beyond_blur.lbm.levels import LatticeSchedule, blur_widths

SCHEDULE = LatticeSchedule.from_blur_widths(blur_widths(Levels(n_levels=10, sigma_max=5.0)))
OPTIONS = Corruption()
PECLET, VELOCITY = 0.2, Velocity()


def images(n=3, channels=3, shape=(12, 10)):
    return np.random.default_rng(0).random((n, channels, *shape), np.float32)


@pytest.mark.parametrize("peclet", [0.0, PECLET])
@pytest.mark.parametrize("backend", ["auto", "cpu", "reference"])
def test_levels_come_in_any_order_with_repeats_and_level_zero_is_the_clean_image(backend, peclet):
    x, options = images(), dataclasses.replace(OPTIONS, backend=backend)
    keep = np.array([[0, 10, 3, 10], [5, 0, 0, 1], [0, 0, 0, 0]])
    states = corrupt(x, SCHEDULE, peclet, VELOCITY, options, np.arange(3), keep)
    assert states.shape == (3, 4, 3, 12, 10) and states.dtype == np.float32
    for i, j in np.argwhere(keep == 0):
        np.testing.assert_array_equal(states[i, j], x[i])
    np.testing.assert_array_equal(states[0, 1], states[0, 3])
    alone = corrupt(x[:1], SCHEDULE, peclet, VELOCITY, options, np.arange(1), np.array([[3]]))
    np.testing.assert_array_equal(states[0, 2], alone[0, 0])


@pytest.mark.parametrize("peclet", [0.0, 0.05, PECLET])
def test_backends_agree_in_grey_values(peclet):
    x, keep = images(), np.tile(np.arange(11), (3, 1))
    states = [
        corrupt(
            x,
            SCHEDULE,
            peclet,
            VELOCITY,
            dataclasses.replace(OPTIONS, backend=b),
            np.arange(3),
            keep,
        )
        for b in ("reference", "cpu")
    ]
    assert np.abs(states[0] - states[1]).max() <= 1e-5


def test_the_grey_range_adds_the_compression_of_a_uniform_field():
    """(P(a + b u) - a) / b = P u + (a / b) (P 1 - 1)."""
    x, seeds, keep = images(2, 1), np.arange(2), np.array([[10], [7]])
    ones = np.ones_like(x)

    def states(of, low, high):
        options = dataclasses.replace(OPTIONS, grey_range=(low, high))
        velocity = dataclasses.replace(VELOCITY, frame_spacing=4)
        return corrupt(of, SCHEDULE, PECLET, velocity, options, seeds, keep).astype(np.float64)

    compressed = states(ones, 0.0, 1.0) - 1
    assert np.abs(compressed).max() > 1e-3
    expected = states(x, 0.0, 1.0) + 9.5 * compressed
    np.testing.assert_allclose(states(x, 0.95, 1.05), expected, atol=5e-6)


def test_a_divergence_free_flow_leaves_a_uniform_field_but_for_the_grid_and_the_walls():
    uniform = np.full((4, 1, 64, 64), 0.5, np.float32)
    schedule = LatticeSchedule.from_blur_widths(blur_widths(Levels(n_levels=10, sigma_max=16.0)))
    change = {}
    for walls in ("periodic", "mirror"):
        for free in (False, True):
            velocity, options = Velocity(divergence_free=free), Corruption(walls=walls)
            keep = np.full((4, 1), 10)
            state = corrupt(uniform, schedule, 0.1, velocity, options, np.arange(4), keep)
            change[walls, free] = np.abs(state - 0.5).max()
    assert change["periodic", True] < 0.05 * change["periodic", False]
    assert change["mirror", True] < change["mirror", False]


def test_flow_seeds_depend_on_seed_image_and_draw_and_on_nothing_else():
    seeds = flow_seeds(0, np.arange(1000), 0)
    assert seeds.dtype == np.int64 and (seeds >= 0).all() and len(np.unique(seeds)) == 1000
    np.testing.assert_array_equal(flow_seeds(0, np.array([7, 3]), 0), seeds[[7, 3]])
    others = [flow_seeds(1, np.arange(1000), 0), flow_seeds(0, np.arange(1000), 1)]
    assert len(np.unique(np.concatenate([seeds, *others]))) == 3000


def test_levels_are_uniform_and_stratified_both_ways():
    levels = stratified_levels(200, 4, 20, np.random.default_rng(0))
    assert levels.shape == (200, 4) and levels.min() == 1 and levels.max() == 20
    np.testing.assert_array_equal((levels - 1) // 5, np.tile(np.arange(4), (200, 1)))
    np.testing.assert_array_equal(np.bincount(levels.ravel(), minlength=21)[1:], 40)
    few = stratified_levels(3, 2, 200, np.random.default_rng(0))
    assert len(np.unique((few - 1) * 6 // 200)) == 6


def test_pairs_are_neighbouring_levels_under_one_flow():
    x, ids = images(4), np.array([10, 11, 12, 13])
    options = dataclasses.replace(OPTIONS, draws=2, levels_per_draw=3)
    pairs = draw_pairs(x, SCHEDULE, PECLET, VELOCITY, options, ids)
    assert {name: len(value) for name, value in pairs.items()} == dict.fromkeys(pairs, 4 * 2 * 3)
    for row in (0, 4, 11, 23):
        i, draw = pairs["image_index"][row], row // 3 % 2
        keep = np.array([[pairs["k"][row], pairs["k"][row] - 1]])
        seed = flow_seeds(options.seed, ids[i : i + 1], draw)
        states = corrupt(x[i : i + 1], SCHEDULE, PECLET, VELOCITY, options, seed, keep)[0]
        np.testing.assert_array_equal(pairs["x_k"][row], states[0])
        np.testing.assert_array_equal(pairs["x_previous"][row], states[1])


def test_pairs_are_the_same_each_time_and_fresh_with_another_first_draw():
    x, ids = images(2), np.arange(2)
    one, same = (draw_pairs(x, SCHEDULE, PECLET, VELOCITY, OPTIONS, ids) for _ in range(2))
    for name in one:
        np.testing.assert_array_equal(one[name], same[name])
    other = draw_pairs(x, SCHEDULE, PECLET, VELOCITY, OPTIONS, ids, first_draw=1)
    assert np.abs(one["x_k"] - other["x_k"]).max() > 1e-3


def test_terminal_states_are_level_k_under_a_flow_of_their_own():
    x, ids = images(2), np.array([5, 6])
    states = terminal_states(x, SCHEDULE, PECLET, VELOCITY, OPTIONS, ids)
    assert states.shape == x.shape
    seeds = flow_seeds(OPTIONS.seed, ids, TERMINAL_DRAW)
    expected = corrupt(x, SCHEDULE, PECLET, VELOCITY, OPTIONS, seeds, np.full((2, 1), 10))[:, 0]
    np.testing.assert_array_equal(states, expected)
    training = corrupt(
        x, SCHEDULE, PECLET, VELOCITY, OPTIONS, flow_seeds(0, ids, 0), np.full((2, 1), 10)
    )
    assert np.abs(states - training[:, 0]).max() > 1e-4


@pytest.mark.parametrize(("change", "message"), [
    ({"images": np.zeros((3, 8, 8), np.float32)}, r"images must be \(n, c, h, w\).*\(3, 8, 8\)"),
    ({"images": np.zeros((3, 1, 1, 8), np.float32)}, r"at least 2 x 2 pixels.*\(3, 1, 1, 8\)"),
    ({"seeds": np.arange(2)}, r"seeds must be \(3,\), one per image, but have shape \(2,\)"),
    ({"keep": np.zeros((2, 1), int)}, r"keep must be \(3, m\), one row per image, but is \(2, 1\)"),
    ({"keep": np.full((3, 1), 11)}, r"asks for level 11, but levels are 0..10; .*levels.n_levels"),
    ({"keep": np.full((3, 1), -1)}, r"asks for level -1"),
    ({"peclet": 50.0}, r"velocity.speed_limit 0.01; lower peclet"),
])  # fmt: skip
def test_errors_name_the_value_and_what_to_do(change, message):
    arguments = {
        "images": images(), "schedule": SCHEDULE, "peclet": PECLET, "velocity": VELOCITY,
        "options": OPTIONS, "seeds": np.arange(3), "keep": np.full((3, 1), 10),
    }  # fmt: skip
    with pytest.raises(ValueError, match=message):
        corrupt(**{**arguments, **change})


def test_a_missing_gpu_is_said_with_the_way_out(monkeypatch):
    monkeypatch.setitem(sys.modules, "beyond_blur.lbm.gpu.solver", None)
    options = dataclasses.replace(OPTIONS, backend="gpu")
    with pytest.raises(
        RuntimeError, match=r"corruption.backend 'gpu' cannot run.*set corruption.backend"
    ):
        corrupt(images(), SCHEDULE, PECLET, VELOCITY, options, np.arange(3), np.full((3, 1), 1))


def test_the_no_flow_solver_refuses_a_flow():
    from beyond_blur.lbm import diffusion

    with pytest.raises(ValueError, match=r"peclet is 0.2, but this solver has no flow"):
        diffusion.trajectories(
            images(),
            np.zeros((3, 3)),
            SCHEDULE,
            0.2,
            VELOCITY,
            "mirror",
            np.arange(3),
            np.ones((3, 1), int),
        )


def test_importing_the_corruption_loads_no_compiler():
    code = "import sys, beyond_blur.corruption; sys.exit('numba' in sys.modules)"
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path))
    assert (
        subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0
    )
