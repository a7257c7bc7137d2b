"""Images to corrupt and a trajectory to send them on."""

import numpy as np
import pytest

from beyond_blur.config import Levels
from beyond_blur.config.blur_widths import blur_widths
from beyond_blur.lbm.trajectory import Trajectory


@pytest.fixture
def trajectory():
    """Ten levels up to 5 px under a flow of Pe = 0.2."""
    return Trajectory(tuple(blur_widths(Levels(n_levels=10, sigma_max=5.0))), 0.2)


@pytest.fixture
def images():
    """Three colour images, float32 (3, 3, 12, 10)."""
    return np.random.default_rng(0).random((3, 3, 12, 10), np.float32)
