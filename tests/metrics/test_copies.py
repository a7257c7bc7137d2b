"""Images found by their numbers, and compared as pixels."""

import numpy as np
import pytest

from beyond_blur.metrics import copies


def test_rows_are_found_whatever_their_order():
    index = np.array([7, 3, 9, 4])
    np.testing.assert_array_equal(copies.rows_of(np.array([9, 7, 9]), index), [2, 0, 2])
    with pytest.raises(ValueError, match=r"1 samples started from .* \(image 5"):
        copies.rows_of(np.array([3, 5]), index)
    with pytest.raises(ValueError, match="image 10"):
        copies.rows_of(np.array([10]), index)


@pytest.mark.parametrize("size", [(8, 8), (64, 64), (40, 33)])
def test_pixel_vectors_are_block_means(size):
    images = np.random.default_rng(0).integers(0, 256, (3, 3, *size), dtype=np.uint8)
    vectors = copies.pixel_vectors(images)
    assert vectors.shape == (3, 3 * min(size[0], 32) * min(size[1], 32))
    if size == (8, 8):
        np.testing.assert_array_equal(vectors, images.reshape(3, -1))
    if size == (64, 64):
        blocks = images.reshape(3, 3, 32, 2, 32, 2).mean((3, 5))
        np.testing.assert_allclose(vectors, blocks.reshape(3, -1), rtol=1e-6)
    flat = copies.pixel_vectors(np.full_like(images, 100))
    np.testing.assert_allclose(flat, 100, rtol=1e-6)
