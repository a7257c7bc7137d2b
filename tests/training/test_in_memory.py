"""Training on arrays in memory is the training of the workflow."""

import copy

import pytest
import torch

from beyond_blur.config import Network, Training
from beyond_blur.network.unet import UNet
from beyond_blur.processes.heat_dissipation import HeatDissipation
from beyond_blur.training.in_memory import train_in_memory
from beyond_blur.training.loop import train
from beyond_blur.training.state import new_state

SPEC = Training(iterations=3, batch_size=4, learning_rate=1e-3, warmup=1, precision="float32")


def test_the_network_gets_the_averaged_weights_of_the_same_run():
    torch.manual_seed(0)
    network = UNet(Network(8, (1, 2), 1, (), 0.0), 1)
    again, process = copy.deepcopy(network), HeatDissipation((0.0, 1.0, 2.0))
    images = {"images": torch.rand(10, 1, 8, 8, generator=torch.Generator().manual_seed(1))}
    seen = []
    trained = train_in_memory(process, network, images, SPEC, report=seen.append)
    state = new_state(lambda: again, SPEC, "cpu")
    train(state, process, images, SPEC)
    assert trained is network and not trained.training
    assert [step.step for step in seen] == [1, 2, 3]
    for name, weights in trained.state_dict().items():
        assert torch.equal(weights, state.average[name])


@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_images_of_another_range_are_refused_before_the_first_step(device):
    """Wherever the network is; meta stands for a GPU, which is not asked for its values."""
    network = UNet(Network(8, (1, 2), 1, (), 0.0), 1).to(device)
    images = {"images": torch.full((4, 1, 8, 8), 255.0)}
    with pytest.raises(ValueError, match=r"expected \[0, 1\]"):
        train_in_memory(HeatDissipation((0.0, 1.0)), network, images, SPEC, report=pytest.fail)
