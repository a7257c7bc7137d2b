"""Laws that only a device can break; they skip where there is none."""

import numpy as np
import pytest
from gpu_cases import images

from beyond_blur.config import Levels
from beyond_blur.config.blur_widths import blur_widths
from beyond_blur.lbm.trajectory import Trajectory


def test_a_device_gives_the_same_bits_each_time_and_for_every_batch(on_device, batch):
    phi, background, trajectory, seeds, keep = batch
    first, second = (on_device.trajectories(*batch) for _ in range(2))
    alone = on_device.trajectories(phi[4:5], background[4:5], trajectory, seeds[4:5], keep[4:5])
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(first[4:5], alone)


@pytest.mark.parametrize("size", [32, 128, 256])
def test_a_device_agrees_with_the_cpu_at_full_size(on_device, size):
    from beyond_blur.lbm.cpu import solver as cpu

    trajectory = Trajectory(tuple(blur_widths(Levels(n_levels=50, sigma_max=12.0))), 0.1)
    arguments = (images((size, size)), np.full((2, 3), 9.5), trajectory,
                 np.arange(2), np.array([[50, 20], [31, 5]]))  # fmt: skip
    states, expected = on_device.trajectories(*arguments), cpu.trajectories(*arguments)
    assert np.abs(states - expected).max() <= 1e-5
