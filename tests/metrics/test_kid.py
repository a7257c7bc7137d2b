"""The kernel distance is its definition, unbiased, and repeats."""

import numpy as np
import pytest

from beyond_blur.metrics import kernel_distance
from metrics.vectors import gaussian


def test_kernel_distance_is_its_definition():
    a, b = gaussian(30, 4, 1, np.float64), gaussian(30, 4, 2, np.float64) + 0.2
    value, _ = kernel_distance(a, b, np.random.default_rng(0), n_subsets=2, subset_size=30)

    def kernel(x, y):
        return (x @ y / 4 + 1) ** 3

    n = len(a)
    within = sum(
        kernel(s[i], s[j]) for s in (a, b) for i in range(n) for j in range(n) if i != j
    ) / (n * (n - 1))
    across = sum(kernel(x, y) for x in a for y in b) / n**2
    assert value == pytest.approx(within - 2 * across, rel=1e-10)


def test_kernel_distance_is_unbiased():
    a, b = gaussian(4000, 16, 1), gaussian(4000, 16, 2)
    value, error = kernel_distance(a, b, np.random.default_rng(0), n_subsets=40, subset_size=100)
    assert error > 0
    assert abs(value) < 4 * error
    moved, error = kernel_distance(
        a, b + 0.3, np.random.default_rng(0), n_subsets=40, subset_size=100
    )
    assert moved > 10 * error


def test_kernel_distance_repeats_with_its_generator():
    a, b = gaussian(200, 8, 1), gaussian(200, 8, 2)
    first, second = (
        kernel_distance(a, b, np.random.default_rng(7), n_subsets=5, subset_size=50)
        for _ in range(2)
    )
    assert first == second


def test_subsets_too_small_to_tell_the_parts_of_the_error_show_their_spread():
    a, b = gaussian(20, 4, 1), gaussian(20, 4, 2)
    spread = kernel_distance(a, b, np.random.default_rng(0), n_subsets=200, subset_size=3)
    told = kernel_distance(a, b, np.random.default_rng(0), n_subsets=200, subset_size=10)
    assert spread.standard_error > told.standard_error > 0
