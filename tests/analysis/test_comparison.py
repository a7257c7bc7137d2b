"""Intervals, Welch's test and Holm's correction: by hand, and what they promise of random data."""

import numpy as np
import pytest

from beyond_blur.analysis.comparison import holm, mean_interval, welch


def ones(*values):
    return [np.array([float(value)]) for value in values]


def test_of_two_runs_the_interval_is_from_the_one_to_the_other():
    """A quarter of all draws takes the smaller twice, and a quarter the larger."""
    assert mean_interval(ones(1, 3), np.random.default_rng(0)) == (1, 3)


def test_of_equal_runs_it_has_no_width_and_of_one_run_there_is_none():
    assert mean_interval(ones(2, 2, 2), np.random.default_rng(0)) == (2, 2)
    assert mean_interval(ones(2), np.random.default_rng(0)) is None


def test_the_same_generator_gives_the_same_interval():
    runs = [np.array([1.0, 2.0]), np.array([4.0, 3.0]), np.array([2.5, 9.0])]
    first, again = (mean_interval(runs, np.random.default_rng(5)) for _ in range(2))
    assert first == again and first[0] < np.mean([values.mean() for values in runs]) < first[1]


def test_sampling_seeds_within_a_training_widen_the_interval():
    narrow = mean_interval([np.full(2, 1.0), np.full(2, 3.0)], np.random.default_rng(0))
    wide = mean_interval([np.array([-5.0, 7.0]), np.array([-3.0, 9.0])], np.random.default_rng(0))
    assert wide[0] < narrow[0] and narrow[1] < wide[1]


def test_seeds_are_drawn_anew_wherever_their_training_is():
    """Of three trainings with one mean: variance v / 15 of three times five seeds."""
    values = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
    low, high = mean_interval([values] * 3, np.random.default_rng(0), draws=20_000)
    half = 1.96 * np.sqrt(values.var() / 15)
    assert abs(high - half) < 0.04 * half and abs(low + half) < 0.04 * half


def test_of_many_runs_it_is_the_normal_interval():
    runs = ones(*np.random.default_rng(1).normal(size=400))
    low, high = mean_interval(runs, np.random.default_rng(0))
    assert high - low == pytest.approx(2 * 1.96 * np.std(np.ravel(runs)) / 20, rel=0.1)


def test_three_runs_hold_the_truth_in_three_of_four_cases_at_most():
    rng = np.random.default_rng(2)
    found = [mean_interval(ones(*rng.normal(size=3)), rng, draws=200) for _ in range(800)]
    assert np.mean([low <= 0 <= high for low, high in found]) <= 0.75 + 0.04


def test_welch_by_hand():
    """Means 1 and 4, variances of the means 1/3 and 4/3: t = 3 / sqrt(5/3), 50/17 degrees."""
    from scipy.stats import t

    a, b = np.array([0.0, 1.0, 2.0]), np.array([2.0, 4.0, 6.0])
    assert welch(a, b) == pytest.approx(2 * t.sf(3 / np.sqrt(5 / 3), 50 / 17))
    assert welch(a, a + 0) == 1
    assert welch(a, b[:1]) is None and welch(np.ones(3), np.zeros(3)) is None


def test_holm_by_hand():
    """0.01 x 4, 0.02 x 3, 0.03 x 2 and 0.04 x 1, none below the one before it."""
    assert holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm([0.6, 0.9]) == [1, 1] and holm([]) == []
