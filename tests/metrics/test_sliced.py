"""The sliced Wasserstein distance: by hand on a line, and shifts and sizes in closed form."""

import numpy as np
import pytest

from beyond_blur.metrics.sliced import sliced_distance
from metrics.vectors import gaussian


def distance(fake, real, n_directions=1000):
    return sliced_distance(fake, real, np.random.default_rng(0), n_directions)


def test_in_one_dimension_it_is_the_transport_by_hand():
    """Sorted, 0, 1, 3 go to 1, 1, 5: squares 1, 0, 4, and both directions of a line agree."""
    fake, real = np.array([[3.0], [0.0], [1.0]]), np.array([[1.0], [5.0], [1.0]])
    assert distance(fake, real) == pytest.approx(3 * 5 / 3, rel=1e-6)


def test_a_set_that_is_moved_is_as_far_as_its_step():
    """A projection moves by u . s, and its square is |s|^2 / d in the mean over directions."""
    real, step = gaussian(50, 12, 1).astype(float), np.arange(12) / 4
    assert distance(real + step, real, 20_000) == pytest.approx(3 * (step**2).sum(), rel=0.02)


def test_a_set_that_is_enlarged_is_as_far_as_its_images_move():
    real = gaussian(400, 12, 1).astype(float)
    real -= real.mean(axis=0)
    expected = 3 * 0.5**2 * (real**2).sum(axis=1).mean()
    assert distance(1.5 * real, real, 5_000) == pytest.approx(expected, rel=0.02)


def test_equal_moments_are_told_apart():
    """Two points a side have mean and variance of a Gaussian: no distance of moments sees that."""
    real = gaussian(4000, 1, 1).astype(float)
    real = (real - real.mean()) / real.std()
    fake = np.repeat([[-1.0], [1.0]], 2000, axis=0)
    expected = 3 * (2 - 2 * np.sqrt(2 / np.pi))  # E (|z| - 1)^2
    assert distance(fake, real) == pytest.approx(expected, rel=0.03)


def test_a_set_and_itself_are_at_no_distance_in_any_order():
    real = gaussian(60, 5, 1)
    assert distance(real[::-1].copy(), real) == pytest.approx(0, abs=1e-9)


def test_the_larger_set_is_cut_to_the_smaller():
    fake, real = gaussian(300, 4, 1), gaussian(900, 4, 2)
    assert distance(fake, real) == distance(fake, real)
    assert distance(fake, real) == pytest.approx(distance(fake, real[:300]), abs=0.3)
    with pytest.raises(ValueError, match="dimensions"):
        distance(fake, real[:, :3])
