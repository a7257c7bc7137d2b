"""Images and noise that the tests of the processes share."""

import pytest
import torch

from beyond_blur.processes.noise import BatchNoise

torch.set_num_threads(1)


@pytest.fixture
def images():
    """Six images of 16 x 12 pixels in two channels: sharp edges on smooth ground, within [0, 1]."""
    generator = torch.Generator().manual_seed(5)
    y, x = torch.meshgrid(torch.linspace(0, 1, 16), torch.linspace(0, 1, 12), indexing="ij")
    a, b, phase = torch.rand(3, 6, 2, 1, 1, generator=generator) * 6
    smooth = 0.5 + 0.3 * torch.sin(a * x + b * y + phase)
    boxes = (torch.rand(6, 2, 1, 1, generator=generator) > x) & (y > 0.4)
    return torch.where(boxes, 1 - smooth, smooth).clamp(0.02, 0.98)


@pytest.fixture
def noise():
    """One generator for the whole batch, the same in every test."""
    return BatchNoise(11)
