"""A state depends on its image and its flow: not on batch, threads or other channels."""

import numpy as np
import pytest
from lattice import BACKGROUND, images, run, schedule

from beyond_blur.config import Velocity
from beyond_blur.lbm.cpu import slabs
from beyond_blur.lbm.cpu import solver as cpu
from beyond_blur.lbm.trajectory import Trajectory


def test_an_image_does_not_depend_on_its_batch_or_on_threads(shape):
    phi, made, rng = images(shape, 11), schedule(), np.random.default_rng(1)
    keep, seeds = rng.integers(0, made.n_levels + 1, (11, 3)), rng.integers(0, 2**62, 11)
    constant = rng.random((11, 3)) + 9.5
    trajectory = Trajectory(tuple(made.sigma), 0.2)
    one, three = (
        cpu.trajectories(phi, constant, trajectory, seeds, keep, threads) for threads in (1, 3)
    )
    alone = [
        cpu.trajectories(
            phi[i : i + 1], constant[i : i + 1], trajectory, seeds[i : i + 1], keep[i : i + 1]
        )
        for i in range(11)
    ]
    np.testing.assert_array_equal(one, three)
    np.testing.assert_array_equal(one, np.concatenate(alone))


@pytest.mark.parametrize("flow", ["turbulence", "vortex"])
@pytest.mark.parametrize("shape", [(32, 16), (50, 37), (67, 9)])
def test_threads_that_share_an_image_do_not_change_a_bit(shape, walls, flow, monkeypatch):
    monkeypatch.setattr(slabs, "SLAB_CELLS", 1)
    phi, made, seeds = images(shape, 1, 4), schedule(60, 12.0), np.array([7])
    keep, constant = np.array([[60, 1, 30, 31]]), np.full((1, 4), BACKGROUND)
    trajectory = Trajectory(tuple(made.sigma), 0.2, Velocity(flow=flow), walls=walls)
    alone, *shared = (
        cpu.trajectories(phi, constant, trajectory, seeds, keep, threads)
        for threads in (1, 2, 3, 9)
    )
    for states in shared:
        np.testing.assert_array_equal(states, alone)


def test_a_channel_does_not_depend_on_the_others():
    phi, made = images((15, 20), 1, 5), schedule()  # the CPU takes channels by threes
    together = run("cpu", phi, made, 0.2, background=BACKGROUND)
    alone = [run("cpu", phi[:, c : c + 1], made, 0.2, background=BACKGROUND) for c in range(5)]
    np.testing.assert_array_equal(together, np.concatenate(alone, axis=2))
