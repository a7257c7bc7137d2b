"""Nearest neighbours are those of brute force; copies are counted beside their source."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from beyond_blur.metrics import copy_share, nearest_neighbours
from metrics.vectors import gaussian, relu_features


@pytest.mark.parametrize("k", [1, 4])
def test_nearest_neighbours_are_those_of_brute_force(k):
    query, base = relu_features(150, 64, 1), relu_features(220, 64, 2)
    distances = np.sqrt(((query[:, None].astype(np.float64) - base) ** 2).sum(axis=-1))
    expected = np.argsort(distances, axis=1, kind="stable")[:, :k]
    indices, found = nearest_neighbours(query, base, k, chunk=64)
    assert_array_equal(indices, expected)
    assert_allclose(found, np.take_along_axis(distances, expected, axis=1), rtol=1e-12)


def test_equal_distances_come_by_index():
    base = np.repeat(gaussian(3, 4), 30, axis=0)
    indices, distances = nearest_neighbours(base[[0, 30, 60]], base, 2)
    assert_array_equal(indices, [[0, 1], [30, 31], [60, 61]])
    assert_array_equal(distances, 0)


def test_an_excluded_row_is_not_found():
    base = gaussian(100, 8)
    itself = np.arange(100)
    assert_array_equal(nearest_neighbours(base, base)[0][:, 0], itself)
    others, distances = nearest_neighbours(base, base, exclude=itself)
    assert (others[:, 0] != itself).all()
    assert (distances > 0).all()


def test_copy_share_counts_samples_beside_their_source():
    base = gaussian(200, 16)
    sources = np.arange(100)
    samples = base[:100] + 0.01
    samples[:25] = base[100:125]
    assert copy_share(samples, sources, base) == 0.75


def test_copies_in_the_base_hide_nothing():
    base = np.concatenate([gaussian(20, 4)] * 2)
    assert copy_share(base, np.arange(40), base) == 1.0
