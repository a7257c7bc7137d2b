"""What the workflow counts of a network without making one is what the network is and does."""

import pytest
import torch

from beyond_blur import cost
from beyond_blur.config import Network, load_experiment, preset_names
from beyond_blur.config.network_counts import count
from beyond_blur.network.unet import UNet

SMALL = Network(channels=8, multipliers=(1, 2), blocks=1, attention_levels=(1,))
QUICK = ("tiny", "digits", "mnist")


def hold_equal(network, channels, size):
    counts = count(network, channels, size)
    with torch.device("meta"):
        made = UNet(network, channels)
    layers = [m for m in made.modules() if isinstance(m, torch.nn.Conv2d | torch.nn.Linear)]
    assert counts.parameters == sum(p.numel() for p in made.parameters())
    assert counts.layers == len(layers)
    assert counts.flop == cost.network_flop(network, channels, size)[0]
    assert counts.activations == given_out(made, channels, size)


def given_out(network, channels, size):
    """Numbers that the network's convolutions and linear layers give out for one image."""
    sizes = []
    for module in network.modules():
        if isinstance(module, torch.nn.Conv2d | torch.nn.Linear):
            module.register_forward_hook(lambda *call: sizes.append(call[2].numel()))
    with torch.device("meta"), torch.no_grad():
        network(torch.empty(1, channels, size, size), torch.empty(1, dtype=torch.int64))
    return sum(sizes)


@pytest.mark.parametrize(
    "preset",
    [
        name if name in QUICK else pytest.param(name, marks=pytest.mark.slow)
        for name in preset_names()
    ],
)
def test_networks_of_presets_are_counted_as_they_are(preset):
    made = load_experiment({"preset": preset})
    hold_equal(made.network, made.dataset.channels, made.dataset.size)


@pytest.mark.parametrize(
    ("network", "channels", "size"),
    [
        (SMALL, 3, 7),
        (SMALL, 1, 4),
        (Network(channels=8, multipliers=(1,), blocks=2, attention_levels=(0,)), 1, 5),
        (Network(channels=16, multipliers=(2, 1, 3), blocks=1, attention_levels=()), 3, 13),
        (Network(channels=8, multipliers=(1, 1, 2, 2), blocks=3, attention_levels=(0, 3)), 1, 17),
    ],
)
def test_so_are_odd_ones(network, channels, size):
    hold_equal(network, channels, size)
