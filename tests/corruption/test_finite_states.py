"""States that are not finite are refused with the image's number and the level."""

from dataclasses import replace

import numpy as np
import pytest

from beyond_blur.config import Corruption
from beyond_blur.corruption import pairs
from beyond_blur.corruption.backend import Backend
from beyond_blur.corruption.states import corrupt
from beyond_blur.finite import NotFinite

IDS = np.array([40, 41, 42])


@pytest.fixture
def spoilt(images):
    images[1, 0, 3, 3] = np.nan
    return images


@pytest.mark.parametrize("peclet", [0.0, 0.2])
def test_the_image_and_the_level_are_named(spoilt, trajectory, peclet):
    trajectory, keep = replace(trajectory, peclet=peclet), np.tile([4, 2], (3, 1))
    with pytest.raises(NotFinite, match=r"states are not finite \(image 1 at level 4"):
        corrupt(spoilt, trajectory, np.arange(3), keep, Backend("reference"))
    with pytest.raises(NotFinite, match="image 41 at level 4"):
        corrupt(spoilt, trajectory, np.arange(3), keep, Backend("reference"), IDS)


def test_pairs_and_terminal_states_name_the_image_of_the_dataset(spoilt, trajectory):
    trajectory = replace(trajectory, peclet=0.0)
    with pytest.raises(NotFinite, match=r"image 41 at level \d"):
        pairs.draw_pairs(spoilt, IDS, trajectory, Corruption(draws=1, levels_per_draw=2))
    with pytest.raises(NotFinite, match="image 41 at level 10"):
        pairs.terminal_states(spoilt, IDS, trajectory, 0)


def test_the_way_without_transport_is_looked_at_as_well(spoilt, trajectory):
    still = replace(trajectory, transport=False)
    with pytest.raises(NotFinite, match="image 41 at level 10"):
        pairs.terminal_states(spoilt, IDS, still, 0, Backend("reference"))


def test_what_does_not_fit_into_float16_is_refused_before_it_is_stored():
    states = np.array([[0.5, 7e4]], np.float32)
    np.testing.assert_array_equal(pairs.as_stored(states, "float32"), states)
    assert pairs.as_stored(states[:, :1], "float16").dtype == np.float16
    with pytest.raises(NotFinite, match=r"as float16: grey values reach 7e\+04; set corruption"):
        pairs.as_stored(states, "float16")
