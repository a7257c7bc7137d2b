"""How images and weights lie in memory: the order of axes in which a device is fastest."""

from __future__ import annotations

import torch


def memory_format(device: str, compiled: bool) -> torch.memory_format:
    """Channels last, but channels first on a GPU where nothing is compiled.

    There torch's group norm answers channels first whatever it is given, so that every layer would
    turn the order round: on an H100 a network call of sampling of ffhq128 took 206 ms with channels
    last and 179 ms with channels first (benchmarks/results/gpu_check.md; a training step was not
    compared). Compiled code keeps its order.

    Parameters
    ----------
    device : str
    compiled : bool
    """
    first = device.startswith("cuda") and not compiled
    return torch.contiguous_format if first else torch.channels_last
