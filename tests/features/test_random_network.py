"""Random features: the same whatever the batches, and told by their hash."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from beyond_blur.features import build_extractor
from features.noise_images import noise_images


@pytest.mark.parametrize("size", [8, 28, 32])
@pytest.mark.parametrize("channels", [1, 3])
def test_random_features_do_not_depend_on_batches_or_order(channels, size):
    extractor = build_extractor("random")
    images = noise_images(10, channels, size)
    features = extractor(images)
    assert features.shape == (10, extractor.dim)
    assert features.dtype == np.float32
    assert_allclose(extractor(images, batch_size=3), features, rtol=1e-4, atol=1e-5)
    assert_allclose(extractor(images[::-1])[::-1], features, rtol=1e-4, atol=1e-5)


def test_grey_is_colour_with_equal_channels():
    extractor = build_extractor("random")
    grey = noise_images(4, 1, 16)
    assert_allclose(extractor(np.repeat(grey, 3, axis=1)), extractor(grey), rtol=1e-5)


def test_random_weights_are_told_by_their_hash():
    first, again, other = (build_extractor("random", seed=seed) for seed in (0, 0, 1))
    assert first.weights_sha256 == again.weights_sha256 != other.weights_sha256
    assert (first.name, other.name) == ("random", "random-1")
