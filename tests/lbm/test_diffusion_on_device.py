"""Pe = 0 by torch: the CPU's states, the same bits whatever else is asked for."""

import numpy as np
import pytest
import torch

from beyond_blur.config import Levels
from beyond_blur.config.blur_widths import blur_widths
from beyond_blur.lbm import diffusion, diffusion_on_device
from beyond_blur.lbm.diffusion_on_device import STATES_AT_ONCE, QueuedStates, states_on_device
from beyond_blur.lbm.trajectory import Trajectory

WIDTHS = tuple(blur_widths(Levels(n_levels=30, sigma_max=20.0)))
CPU = torch.device("cpu")
N, M = 9, 5
KEEP = np.random.default_rng(1).integers(0, 31, (N, M))
KEEP[[0, 4], [0, 2]] = 0


def images(n=N, shape=(3, 17, 12)):
    return np.random.default_rng(0).random((n, *shape), np.float32)


def made(x, keep, walls="mirror"):
    return states_on_device(x, Trajectory(WIDTHS, walls=walls), keep, CPU).to_torch().numpy()


@pytest.mark.parametrize("walls", ["mirror", "periodic"])
def test_states_are_those_of_the_cpu_but_for_rounding(walls):
    x, trajectory = images(), Trajectory(WIDTHS, walls=walls)
    expected = diffusion.trajectories(x, np.zeros((N, 3)), trajectory, np.arange(N), KEEP)
    states = made(x, KEEP, walls)
    assert states.dtype == np.float32 and states.shape == (N, M, 3, 17, 12)
    np.testing.assert_allclose(states, expected, rtol=0, atol=1.2e-7)  # two of the last place


def test_level_0_is_the_image_bit_by_bit():
    x, (row, column) = images(), np.nonzero(KEEP == 0)
    np.testing.assert_array_equal(made(x, KEEP)[row, column], x[row])


def test_a_uniform_image_stays_uniform():
    grey = np.full((1, 1, 8, 8), 0.7, np.float32)
    np.testing.assert_allclose(made(grey, np.array([[30, 7]])), 0.7, rtol=0, atol=1e-7)


def test_an_image_has_the_same_bits_alone_and_among_more_than_one_product_takes():
    assert STATES_AT_ONCE < N * M
    x = images()
    together = made(x, KEEP)
    for i in (0, 3, N - 1):
        np.testing.assert_array_equal(made(x[i : i + 1], KEEP[i : i + 1])[0], together[i])
    np.testing.assert_array_equal(made(x[2:8], KEEP[2:8]), together[2:8])


def test_operators_are_sent_once_and_kept(monkeypatch):
    diffusion_on_device._operator.cache_clear()
    sent, kept = [], diffusion.kept_operator
    monkeypatch.setattr(
        diffusion_on_device, "kept_operator", lambda *key: sent.append(key) or kept(*key)
    )
    for _ in range(3):
        made(images(), KEEP)
    assert len(sent) == len(set(sent)) == len({*KEEP.flat, 0}) * 2


def test_kept_operators_cannot_be_spoilt():
    with pytest.raises(ValueError, match="read-only"):
        diffusion.kept_operator(WIDTHS, 3, 8, "mirror")[0, 0] = 1.0


def test_a_flow_is_refused():
    with pytest.raises(ValueError, match=r"peclet is 0\.1, but these products have no flow"):
        states_on_device(images(), Trajectory(WIDTHS, 0.1), KEEP, CPU)


def test_whoever_takes_states_waits_on_its_stream_and_keeps_their_memory(monkeypatch):
    done = []

    class Stream:
        def wait_event(self, event):
            done.append(("waits", event))

    class States:
        device = "cuda:1"

        def record_stream(self, stream):
            done.append(("kept", stream))

    stream, states = Stream(), States()
    monkeypatch.setattr(torch.cuda, "current_stream", lambda device: stream)
    assert QueuedStates(states, "done").to_torch() is states
    assert done == [("waits", "done"), ("kept", stream)]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_device_gives_the_states_of_the_cpu_and_the_same_bits_for_every_batch():
    x, trajectory = images(), Trajectory(WIDTHS)
    there = states_on_device(x, trajectory, KEEP, diffusion_on_device.here())
    alone = states_on_device(x[3:4], trajectory, KEEP[3:4], diffusion_on_device.here())
    states = there.to_torch().cpu().numpy()
    np.testing.assert_allclose(states, made(x, KEEP), rtol=0, atol=1.2e-7)
    np.testing.assert_array_equal(alone.to_torch().cpu().numpy()[0], states[3])
