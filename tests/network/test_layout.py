"""The order of axes in memory: channels last wherever the kernels of a device keep it."""

import pytest
import torch

from beyond_blur.network.layout import memory_format
from beyond_blur.network.unet import UNet
from small_runs import NET


@pytest.mark.parametrize(
    ("device", "compiled", "expected"),
    [
        ("cpu", False, torch.channels_last),
        ("cpu", True, torch.channels_last),
        ("cuda", True, torch.channels_last),
        ("cuda:1", False, torch.contiguous_format),
    ],
)
def test_channels_come_first_only_where_a_gpu_runs_uncompiled(device, compiled, expected):
    assert memory_format(device, compiled) is expected


def test_answers_and_gradients_are_the_same_in_either_order_but_for_rounding():
    """So the choice may follow the device: a network is trained on one and sampled on another."""
    found = []
    for layout in (torch.channels_last, torch.contiguous_format):
        torch.manual_seed(0)
        network = UNet(NET, 3).eval()  # masks of dropout would be drawn in either order
        for weights in network.parameters():  # the last layer starts at 0, which hides the others
            torch.nn.init.normal_(weights, std=0.1)
        network = network.to(memory_format=layout)
        x = torch.randn(2, 3, 8, 8).contiguous(memory_format=layout).requires_grad_()
        answer = network(x, torch.tensor([1, 4]))
        answer.square().mean().backward()
        found.append([answer.detach(), x.grad, *(weights.grad for weights in network.parameters())])
    assert found[0][0].abs().mean() > 1e-3
    for last, first in zip(*found, strict=True):
        torch.testing.assert_close(last, first, rtol=1e-4, atol=1e-5 * float(first.abs().max()))
