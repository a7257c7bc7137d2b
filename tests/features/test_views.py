"""Random views: of the image, bounded, repeatable."""

import numpy as np
import pytest
import torch

from beyond_blur.features.views import LIGHT, random_views


@pytest.mark.parametrize("channels", [1, 3])
def test_views_differ_from_each_other_and_are_drawn_from_the_generator(channels):
    images = torch.rand((4, channels, 12, 12), generator=torch.Generator().manual_seed(0)) * 2 - 1
    rng, again = np.random.default_rng(0), np.random.default_rng(0)
    first, second = random_views(images, rng), random_views(images, rng)
    assert first.shape == images.shape and first.dtype == torch.float32
    assert (first != second).flatten(1).any(1).all()
    assert torch.equal(first, random_views(images, again))
    assert first.abs().max() <= 1 + 2 * LIGHT


def test_only_colour_is_mirrored():
    """Left is dark and right is bright in a ramp, unless it is mirrored: turns are small."""
    ramp = torch.linspace(-1, 1, 32).expand(64, 3, 32, 32)
    for images, mirrored in ((ramp, True), (ramp[:, :1], False)):
        views = random_views(images, np.random.default_rng(0))[:, 0]
        falls = views[:, :, :8].mean((1, 2)) > views[:, :, -8:].mean((1, 2))
        assert falls.any() == mirrored and not falls.all()
