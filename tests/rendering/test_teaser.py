"""The teaser: a surface and two pictures for each level of each process."""

import io

import numpy as np
import pytest

from beyond_blur.rendering.strips import Strips
from beyond_blur.rendering.teaser import teaser


@pytest.fixture
def states():
    """Two images at three levels, in colour."""
    return np.random.default_rng(0).random((2, 3, 3, 24, 24))


def test_teaser_has_a_surface_and_two_tiles_for_each_level(states):
    strips = [Strips(name, states, states, np.array([0, 5, 9])) for name in ("one", "two", "three")]
    figure = teaser(strips)
    assert len(figure.axes) == 3 * 3 * 3
    words = [text.get_text() for text in figure.texts]
    assert {"one", "two", "three", "9", "forward →", "← reverse"} <= set(words)
    figure.savefig(io.BytesIO(), dpi=50)  # every artist can be drawn


def test_teaser_shows_all_levels_of_a_process_with_fewer_of_them(states):
    few, many = (Strips(f"{m}", states[:, :m], states[:, :m], np.arange(m)) for m in (2, 3))
    for strips in ([few, many], [many, few]):
        figure = teaser(strips)
        assert len(figure.axes) == 3 * (2 + 3)
        figure.savefig(io.BytesIO(), dpi=50)  # every artist can be drawn
