"""The Frechet distance's error over images is what new images show, where two sets differ."""

import numpy as np
import pytest

from beyond_blur.metrics import frechet_distance
from beyond_blur.metrics.frechet_error import drawn_rows, frechet_standard_error
from metrics.vectors import gaussian


def test_the_error_is_the_spread_over_fresh_images_of_both_sets():
    """A spread over 150 pairs is known to 6 %, the mean of 40 errors of 40 draws to 2 %."""
    pairs = [(gaussian(150, 4, 2 * s) + 0.8, gaussian(120, 4, 2 * s + 1)) for s in range(150)]
    spread = np.std([frechet_distance(*pair) for pair in pairs], ddof=1)
    rng = np.random.default_rng(0)
    errors = [frechet_standard_error(*pair, rng, 40) for pair in pairs[:40]]
    assert np.mean(errors) == pytest.approx(spread, rel=0.2)


def test_each_row_is_drawn_as_often_as_any_other():
    """Counts of 4,000 draws of 30 rows have mean 4,000 and, multinomial, a spread of 62."""
    values, rng = np.arange(30.0)[:, None], np.random.default_rng(4)
    draws = [drawn_rows(values, rng) for _ in range(4000)]
    assert {draw.shape for draw in draws} == {(30, 1)}
    counts = np.bincount(np.concatenate(draws).ravel().astype(int), minlength=30)
    assert np.abs(counts - 4000).max() < 4 * 62
    assert any(len(np.unique(draw)) < 30 for draw in draws), "with replacement"


def test_the_same_generator_gives_the_same_error():
    sets = gaussian(50, 3, 1), gaussian(40, 3, 2)
    assert len({frechet_standard_error(*sets, np.random.default_rng(0), 10) for _ in range(2)}) == 1
