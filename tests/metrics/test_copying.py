"""Authenticity and C_T: by hand on a line, and copies, new images and far ones told apart."""

import numpy as np
import pytest

from beyond_blur.metrics.copying import (
    Learnt,
    authenticity,
    cell_centres,
    copying,
    copying_statistic,
    rank_z_score,
)
from metrics.vectors import gaussian


def column(*values):
    return np.array(values, dtype=np.float64)[:, None]


def test_a_sample_is_authentic_where_its_neighbour_has_a_nearer_neighbour_by_hand():
    """Training images at 0, 1, 5: the nearest other ones are at distance 1, 1 and 4.

    Samples at 0.5 (0.5 from 0), 3 (2 from 1), 8 (3 from 5) and 9.5 (4.5 from 5): the second and the
    last are farther than that. -1 is as far from 0 as 1 is, and not authentic.
    """
    train = column(0, 1, 5)
    assert authenticity(column(0.5, 3, 8, 9.5), train) == 0.5
    assert authenticity(column(-1), train) == 0
    assert authenticity(train, train) == 0


def test_an_image_that_comes_twice_makes_its_copies_no_less_copies():
    assert authenticity(column(2, 2.1), column(2, 2, 7)) == 0.5


def test_the_z_score_of_ranks_by_hand():
    """Of six pairs one has a > b and one is a tie: U = 1.5 of 3, sd = sqrt(2 * 3 * 6 / 12)."""
    assert rank_z_score(np.array([1.0, 3.0]), np.array([2.0, 3.0, 4.0])) == pytest.approx(
        (1.5 - 3) / np.sqrt(3)
    )
    assert rank_z_score(np.array([1.0, 2.0]), np.array([1.0, 2.0])) == 0


def test_cells_are_weighted_by_their_held_out_images_by_hand():
    """Two cells far apart: copies in the one, and in the other samples as far as held-out images.

    All n m pairs of the first speak for copying; 25 of 125 held-out images lie there.
    """
    train = column(*range(30), *range(1000, 1100))
    held_out = column(*(0.3 + np.arange(25)), *(1000.3 + np.arange(100)))
    fake = column(*np.arange(25), *(1000.3 + np.arange(100)))
    found = copying_statistic(fake, Learnt(train, held_out), column(15, 1050))
    z = -(25 * 25 / 2) / np.sqrt(25 * 25 * 51 / 12)
    assert found == pytest.approx(25 / 125 * z)


@pytest.fixture(scope="module")
def found():
    train, held_out = gaussian(1500, 6, 1), gaussian(500, 6, 2)
    sets = {
        "new": gaussian(500, 6, 3),
        "copies": train[:500] + 0.01 * gaussian(500, 6, 4),
        "far": 1.5 * gaussian(500, 6, 5),
    }
    return copying(sets, Learnt(train, held_out), np.random.default_rng(0))


def test_new_images_are_like_held_out_ones_copies_nearer_and_others_farther(found):
    statistic = {name: of["copying_statistic"] for name, of in found.items()}
    assert abs(statistic["new"]) < 2.5
    assert statistic["copies"] < -8
    assert statistic["far"] > 4


def test_copies_have_no_authenticity_and_new_images_that_of_held_out_ones(found):
    usual = found["new"]["held_out_authenticity"]
    assert 0.3 < usual < 0.8
    assert found["new"]["authenticity"] == pytest.approx(usual, abs=0.08)
    assert found["copies"]["authenticity"] == 0
    assert found["far"]["authenticity"] > usual + 0.1


def test_without_a_full_cell_the_whole_space_is_one():
    train, held_out, fake = gaussian(40, 3, 1), gaussian(12, 3, 2), gaussian(9, 3, 3)
    centres = cell_centres(train, np.random.default_rng(0))
    one = copying_statistic(fake, Learnt(train, held_out), train.mean(0, keepdims=True))
    assert copying_statistic(fake, Learnt(train, held_out), centres) == one


def test_the_same_seed_gives_the_same_cells():
    train = gaussian(60, 3, 1)
    first, again = (cell_centres(train, np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    with pytest.raises(ValueError, match="2 training images or more"):
        copying({"a": train}, Learnt(train[:1], train), np.random.default_rng(0))
