"""The order of axes in memory: channels last wherever the kernels of a device keep it."""

import pytest
import torch

from beyond_blur.network.layout import memory_format


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
