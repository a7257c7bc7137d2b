"""What the laws of the solvers are tested on: backends, shapes, images and a short call."""

import importlib
import importlib.util

import numpy as np
import pytest

from beyond_blur.config import Levels, Velocity
from beyond_blur.corruption.backend import MODULES
from beyond_blur.lbm.levels import LatticeSchedule
from beyond_blur.lbm.trajectory import Trajectory

SHAPES = [(8, 8), (16, 16), (15, 20), (33, 17), (32, 32), (3, 50)]


def device_at_hand():
    """Whether CuPy is installed and sees a CUDA device."""
    return importlib.util.find_spec("cupy") and importlib.import_module("cupy").cuda.is_available()


NO_DEVICE = pytest.mark.skipif(not device_at_hand(), reason="CuPy sees no CUDA device")
ON_DEVICE = pytest.param("gpu", marks=NO_DEVICE)
FAST = ["cpu", ON_DEVICE]
BACKENDS = ["reference", *FAST]
WALLS = ["mirror", "periodic"]
BACKGROUND = 9.5


def schedule(n_levels=12, sigma_max=6.0):
    return LatticeSchedule.from_levels(Levels(n_levels=n_levels, sigma_max=sigma_max))


def run(
    backend, phi, made, peclet=0.0, walls="mirror", keep=None, background=0.0, seeds=None,
    threads=1, **flow,
):  # fmt: skip
    """States (n, m, c, h, w); all levels 1..K where keep is not given."""
    n, channels = phi.shape[:2]
    keep = np.tile(np.arange(1, made.n_levels + 1), (n, 1)) if keep is None else keep
    seeds = np.arange(n) if seeds is None else seeds
    solver = importlib.import_module(MODULES[backend]).trajectories
    constant = np.full((n, channels), background)
    trajectory = Trajectory(tuple(made.sigma), peclet, Velocity(**flow), walls=walls)
    return solver(phi, constant, trajectory, seeds, keep, threads)


def images(shape, n=2, channels=3, seed=0):
    return np.random.default_rng(seed).random((n, channels, *shape), np.float32)
