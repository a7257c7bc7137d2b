"""Clipped Density and Coverage: the definition by hand, and shares of bad samples told in full."""

import numpy as np
import pytest

from beyond_blur.metrics.clipped import clipped_density_and_coverage, share_of_good
from metrics.vectors import gaussian


def column(*values):
    return np.array(values, dtype=np.float64)[:, None]


def test_a_line_of_points_by_hand():
    """Reaches of 0, 1, 3, 7, 15 to their second neighbours: 3, 2, 3, 6, 12, cut at their median 3.

    Of the samples only 8 lies in a cut ball, that of 7: 1/2 of 4 samples. The real points lie in 1,
    2, 0, 0, 0 of the others': 3/10. Two of five whole balls hold one of two: 1/5. One good sample
    of 4 fills a ball by 1 - P(0) - P(1) / 2 = 1 - 0.6 - 0.2 of it, which is 1/5.
    """
    real, fake = column(0, 1, 3, 7, 15), column(8, 100, 100, 100)
    found = clipped_density_and_coverage(real, fake, 2)
    assert found.clipped_density == pytest.approx((1 / 8) / (3 / 10))
    assert found.clipped_coverage == 1 / 4


@pytest.mark.parametrize("share", [0.0, 0.3, 0.8])
def test_both_fall_by_the_share_of_bad_samples(share):
    real, fake = gaussian(600, 4, 1), gaussian(600, 4, 2)
    fake[: round(share * 600)] += 1000
    found = clipped_density_and_coverage(real, fake, 5)
    assert found == pytest.approx((1 - share, 1 - share), abs=0.07)


def test_one_outlier_among_the_real_images_changes_nothing():
    """Its ball holds all samples; density counts it for every one of them."""
    real, fake = gaussian(300, 4, 1), gaussian(300, 4, 2) + 3
    clean = clipped_density_and_coverage(real, fake, 5)
    real[0] = 1000
    spoilt = clipped_density_and_coverage(real, fake, 5)
    assert spoilt == pytest.approx(clean, abs=0.03)
    assert clean.clipped_density < 0.2


def test_one_sample_over_and_over_is_dense_and_covers_nothing():
    real = gaussian(300, 4, 1)
    fake = np.repeat(real[np.argmin((real**2).sum(axis=1))][None], 300, axis=0)
    found = clipped_density_and_coverage(real, fake, 5)
    assert found.clipped_density == 1
    assert found.clipped_coverage < 0.1


def test_blocks_and_types_do_not_matter():
    real, fake = gaussian(90, 3, 1), gaussian(70, 3, 2)
    whole = clipped_density_and_coverage(real, fake, 5)
    assert clipped_density_and_coverage(real, fake, 5, chunk=16) == whole
    assert clipped_density_and_coverage(real.astype(float), fake, 5) == pytest.approx(whole)


def test_with_one_neighbour_there_is_no_density():
    found = clipped_density_and_coverage(gaussian(20, 2, 1), gaussian(20, 2, 2), 1)
    assert found.clipped_density is None
    assert 0 < found.clipped_coverage <= 1


def test_the_share_of_good_samples_is_what_fills_the_balls_so_far():
    """With k = 1 a ball's share of a distribution is 1 / N on average: m of m + N - 1 are found."""
    for m in (0, 3, 40):
        filled = m / (m + 9)  # E[1 - (1 - p)^m] for p ~ Beta(1, 9)
        assert share_of_good(filled, 10, 40, 1) == m / 40
    assert share_of_good(1.0, 10, 40, 1) == 1
