"""Mean colours of samples beside those they started from: known answers by arithmetic."""

import numpy as np
import pytest

from beyond_blur.analysis.mean_colour import MeanColours, channel_means, colour_rows, correlation


def rows(before, after):
    return colour_rows(MeanColours("a", {"process": "a"}, np.array(before), np.array(after)))


def test_the_mean_of_a_channel_is_in_grey_values():
    pixels = np.zeros((2, 3, 2, 2), np.uint8)
    pixels[0, 1], pixels[1, 2, 0] = 255, 51
    np.testing.assert_allclose(channel_means(pixels), [[0, 1, 0], [0, 0, 0.1]])


def test_colours_that_are_kept_have_no_shift_and_correlate():
    (row,) = rows([[0.1], [0.4], [0.3]], [[0.1], [0.4], [0.3]])
    assert row["rms_shift"] == 0 and row["correlation"] == pytest.approx(1)
    assert row["process"] == "a" and row["n_images"] == 3 and row["channel"] == "grey"


def test_one_shift_of_all_is_that_shift_and_one_back_and_forth_is_its_root_mean_square():
    (row,) = rows([[0.1], [0.4], [0.3]], [[0.3], [0.6], [0.5]])
    assert row["rms_shift"] == pytest.approx(0.2) and row["correlation"] == pytest.approx(1)
    assert row["after"] - row["before"] == pytest.approx(0.2)
    (row,) = rows([[0.5], [0.5], [0.5], [0.5]], [[0.2], [0.8], [0.9], [0.1]])
    assert row["rms_shift"] == pytest.approx(np.sqrt((0.09 + 0.09 + 0.16 + 0.16) / 4))
    assert row["correlation"] is None, "initial states of one colour"
    assert row["before"] == row["after"] == pytest.approx(0.5)


def test_channels_are_counted_one_by_one():
    found = rows([[0.1, 0.2, 0.3], [0.2, 0.3, 0.4]], [[0.1, 0.3, 0.4], [0.2, 0.4, 0.3]])
    assert [row["channel"] for row in found] == ["red", "green", "blue"]
    np.testing.assert_allclose([row["rms_shift"] for row in found], [0, 0.1, 0.1])
    np.testing.assert_allclose([row["correlation"] for row in found], [1, 1, -1])


def test_the_correlation_is_that_of_numpy():
    a, b = np.random.default_rng(0).random((2, 50))
    assert correlation(a, b) == pytest.approx(np.corrcoef(a, b)[0, 1])
