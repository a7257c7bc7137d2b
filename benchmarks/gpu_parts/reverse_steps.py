"""Reverse steps of sampling: networks, noise, and a walk back that can be timed step by step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from beyond_blur.config import load_experiment
from beyond_blur.network.unet import UNet
from beyond_blur.processes import AdvectionDiffusion
from beyond_blur.sampling.reverse import reverse_states
from gpu_parts.context import Context

BATCHES = {"cifar10": 256, "ffhq128": 64, "tiny": 4}


@dataclass
class Drawn:
    """A preset's network with random weights, and states to draw samples from.

    Attributes
    ----------
    network : nn.Module
    x : float32 tensor, shape (n, c, h, w)
    n_steps, rounds : int
        Steps between two waits, and turns.
    """

    preset: str
    network: nn.Module
    x: Tensor
    n_steps: int
    rounds: int


def drawn(context: Context, preset: str) -> Drawn:
    """A preset as it is measured: whole on a GPU, and ``tiny`` in a dry run."""
    on_gpu = context.device == "cuda"
    preset = preset if on_gpu else "tiny"
    made = load_experiment({"preset": preset, "dataset": {"kind": "digits", "path": None}})
    torch.manual_seed(0)
    network = UNet(made.network, made.dataset.channels).eval().to(context.device)
    for weights in network.parameters():  # zeroed last layers would answer zero
        nn.init.normal_(weights, std=0.02)
    shape = (BATCHES[preset], made.dataset.channels, made.dataset.size, made.dataset.size)
    x = torch.rand(shape, device=context.device)
    return Drawn(preset, network, x, *((8, 3) if on_gpu else (2, 1)))


class Reference(nn.Module):
    """The network as the papers' code calls it: eager, float32, NCHW."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor, k: Tensor) -> Tensor:
        """The prediction, (n, c, h, w)."""
        return self.network(x, k)


class DeviceNoise:
    """Noise as the papers' code draws it: `torch.randn` on the device, for the whole batch."""

    def normal(self, like: Tensor) -> Tensor:
        """Standard normal numbers of the shape, type and device of ``like``."""
        return torch.randn_like(like)


class Walk:
    """The way back through the levels, begun anew where it ends."""

    def __init__(self, predict: Any, x: Tensor, noise: Any) -> None:
        self.predict, self.x, self.noise = predict, x, noise
        self.states = iter(())

    def run(self, n: int) -> None:
        """Queue ``n`` reverse steps."""
        for _ in range(n):
            if next(self.states, None) is None:
                process = AdvectionDiffusion(n_steps=500)
                self.states = reverse_states(process, self.predict, self.x, self.noise)
                next(self.states)
