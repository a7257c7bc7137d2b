"""Cases that several tests of the GPU solver share."""

import numpy as np

from beyond_blur.config import Levels
from beyond_blur.config.blur_widths import blur_widths
from beyond_blur.lbm.gpu.layout import Layout
from beyond_blur.lbm.trajectory import Trajectory

SHARED = {80: 166912, 90: 232448}
"""Bytes of shared memory that a block may have, by architecture."""

WIDTHS = tuple(blur_widths(Levels(n_levels=12, sigma_max=4.0)))
TRAJECTORY = Trajectory(WIDTHS, 0.3)
SCHEDULE = TRAJECTORY.schedule

LAYOUTS = {
    "one warp": Layout(8, 8, 1, 1, 8),
    "bands, padded columns": Layout(9, 13, 3, 2, 3),
    "a channel per block": Layout(7, 10, 1, 4, 3),
    "frames on chip": Layout(8, 16, 3, 1, 8, frames_on_chip=True),
    "frames by many threads": Layout(4, 8, 1, 1, 4, frames_on_chip=True, frame_threads=1024),
    "cluster": Layout(12, 9, 3, 1, 2, cluster=2),
    "cluster of single bands": Layout(8, 33, 1, 2, 2, cluster=4),
    "off chip": Layout(10, 12, 1, 3, 4, on_chip=False),
}


class Host:
    """A machine that has arrays and runs nothing."""

    xp = np


def images(shape, n=2, channels=3, seed=0):
    return np.random.default_rng(seed).random((n, channels, *shape), np.float32)
