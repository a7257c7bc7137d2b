"""Values on their way from host memory to a device."""

from __future__ import annotations

import torch
from torch import Tensor


def send(values: Tensor, device: torch.device | str) -> Tensor:
    """Values on a device; host memory is copied to a GPU without waiting for its queue.

    Parameters
    ----------
    values : tensor
    device : torch.device or str

    Returns
    -------
    tensor
        The same one where it lies there already.
    """
    if torch.device(device).type == "cuda" and values.device.type == "cpu":
        return values.pin_memory().to(device, non_blocking=True)
    return values.to(device)
