"""States handed over to torch, left on the device or brought to the host."""

from types import SimpleNamespace

import numpy as np
import pytest
from emulation import machine as emulation
from gpu_cases import LAYOUTS, images

from beyond_blur.config import AdvectionDiffusionOptions, Corruption, Levels
from beyond_blur.training.steps_at_once import DeviceFacts


@pytest.fixture
def stand_in(gpu, emulate, monkeypatch):
    """The GPU solver's two entries, played by the emulation; the consumers it was told of."""
    torch, consumers, placed = pytest.importorskip("torch"), [], LAYOUTS["one warp"]
    plain = emulation.trajectories

    def trajectories(phi, background, trajectory, seeds, keep, *_, **more):
        machine = emulate.machine(placed, trajectory.walls)
        return plain(machine, placed, phi, background, trajectory, seeds, keep, **more)

    def states_on_device(*arguments, consumer, finish):
        consumers.append(consumer)
        states = trajectories(*arguments, finish=finish)
        return SimpleNamespace(to_torch=lambda: torch.utils.dlpack.from_dlpack(states))

    monkeypatch.setattr(gpu, "trajectories", trajectories)
    monkeypatch.setattr(gpu, "states_on_device", states_on_device)
    monkeypatch.setattr(gpu, "fault", lambda *_: None)
    monkeypatch.setattr(gpu, "device_name", lambda: "stand-in")
    monkeypatch.setattr(torch.cuda, "current_stream", lambda _: SimpleNamespace(cuda_stream=7))
    return consumers


@pytest.mark.thorough
@pytest.mark.parametrize("depth", [0, 2])
def test_pairs_left_on_the_device_are_those_brought_to_the_host(stand_in, depth):
    streaming = pytest.importorskip("beyond_blur.training.streamed_pairs")
    flow, levels = AdvectionDiffusionOptions(peclet=0.1), Levels(n_levels=4, sigma_max=2.0)

    def batches(device):
        with streaming.StreamedPairs(
            images((8, 8), 6, 1), np.arange(6), flow, levels, Corruption(backend="gpu"),
            batch_size=6, seed=1, depth=depth, device=device, facts=DeviceFacts(12, 2**30),
        ) as pairs:  # fmt: skip
            return [pairs.batch(step) for step in range(2)]

    on_host = batches("cpu")
    assert not stand_in
    for there, here in zip(batches("cuda"), on_host, strict=True):
        assert 1 in here["k"]  # so that clean images are among the states
        for name, values in here.items():
            np.testing.assert_array_equal(there[name].numpy(), values.numpy())
            assert there[name].is_contiguous()
    assert set(stand_in) == {7}


def test_states_reach_torch_without_a_copy(on_device, batch):
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("torch sees no CUDA device")
    states = on_device.states_on_device(*batch)
    tensor = states.to_torch()
    assert tensor.data_ptr() == states.states.data.ptr and tensor.is_cuda
    np.testing.assert_array_equal(tensor.cpu().numpy(), on_device.trajectories(*batch))
