"""Training pairs and terminal states: their levels, seeds and flows."""

import numpy as np

from beyond_blur.config import Corruption
from beyond_blur.corruption.pairs import (
    TERMINAL_DRAW,
    draw_pairs,
    flow_seeds,
    stratified_levels,
    terminal_states,
)
from beyond_blur.corruption.states import corrupt

OPTIONS = Corruption()


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


def test_pairs_are_neighbouring_levels_under_one_flow(trajectory):
    x = np.random.default_rng(0).random((4, 3, 12, 10), np.float32)
    ids, options = np.array([10, 11, 12, 13]), Corruption(draws=2, levels_per_draw=3)
    pairs = draw_pairs(x, ids, trajectory, options)
    assert {name: len(value) for name, value in pairs.items()} == dict.fromkeys(pairs, 4 * 2 * 3)
    for row in (0, 4, 11, 23):
        i, draw = pairs["image_index"][row], row // 3 % 2
        keep = np.array([[pairs["k"][row], pairs["k"][row] - 1]])
        seed = flow_seeds(options.seed, ids[i : i + 1], draw)
        states = corrupt(x[i : i + 1], trajectory, seed, keep)[0]
        np.testing.assert_array_equal(pairs["x_k"][row], states[0])
        np.testing.assert_array_equal(pairs["x_previous"][row], states[1])


def test_pairs_are_the_same_each_time_and_fresh_with_another_first_draw(images, trajectory):
    ids = np.arange(3)
    one, same = (draw_pairs(images, ids, trajectory, OPTIONS) for _ in range(2))
    for name in one:
        np.testing.assert_array_equal(one[name], same[name])
    other = draw_pairs(images, ids, trajectory, OPTIONS, first_draw=1)
    assert np.abs(one["x_k"] - other["x_k"]).max() > 1e-3


def test_terminal_states_are_level_k_under_a_flow_of_their_own(images, trajectory):
    ids, keep = np.array([5, 6, 9]), np.full((3, 1), 10)
    states = terminal_states(images, ids, trajectory, OPTIONS.seed)
    assert states.shape == images.shape
    seeds = flow_seeds(OPTIONS.seed, ids, TERMINAL_DRAW)
    expected = corrupt(images, trajectory, seeds, keep)[:, 0]
    np.testing.assert_array_equal(states, expected)
    training = corrupt(images, trajectory, flow_seeds(0, ids, 0), keep)
    assert np.abs(states - training[:, 0]).max() > 1e-4
