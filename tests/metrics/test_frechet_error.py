"""The Frechet distance's error over images is what new images show, where two sets differ."""

import numpy as np
import pytest

from beyond_blur.metrics import frechet_distance
from beyond_blur.metrics.frechet_error import drawn_moments, frechet_standard_error
from metrics.vectors import gaussian


def test_the_error_is_the_spread_over_fresh_images_of_both_sets():
    """A spread over 150 pairs is known to 6 %, the mean of 40 errors of 40 draws to 2 %."""
    pairs = [(gaussian(150, 4, 2 * s) + 0.8, gaussian(120, 4, 2 * s + 1)) for s in range(150)]
    spread = np.std([frechet_distance(*pair) for pair in pairs], ddof=1)
    rng = np.random.default_rng(0)
    errors = [frechet_standard_error(*pair, rng, 40) for pair in pairs[:40]]
    assert np.mean(errors) == pytest.approx(spread, rel=0.2)


def test_drawn_moments_are_those_of_the_drawn_rows():
    values = gaussian(30, 3, 1).astype(float)
    mean, covariance = drawn_moments(values, np.random.default_rng(4))
    rows = np.repeat(values, np.random.default_rng(4).multinomial(30, np.full(30, 1 / 30)), axis=0)
    np.testing.assert_allclose(mean, rows.mean(axis=0))
    np.testing.assert_allclose(covariance, np.cov(rows, rowvar=False))


def test_the_same_generator_gives_the_same_error():
    sets = gaussian(50, 3, 1), gaussian(40, 3, 2)
    assert len({frechet_standard_error(*sets, np.random.default_rng(0), 10) for _ in range(2)}) == 1
