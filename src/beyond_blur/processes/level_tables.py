"""What a schedule gives for every level, kept on the device on which levels are looked up.

Levels of a batch lie on the network's device. To look them up on the CPU, or to send there what was
looked up, is to wait for all that the device has still to do, at every step. The tables are
computed on the CPU, so that every device has the same numbers.
"""

from __future__ import annotations

import functools

import torch
from torch import Tensor

from beyond_blur.processes.dct import damped, decay_factors


@functools.lru_cache(maxsize=64)
def table(values: tuple[float, ...], device: torch.device) -> Tensor:
    """One number for each level: float64 (K + 1,) on a device."""
    # A tensor made in inference mode could not be used in a later training step.
    with torch.inference_mode(False):
        return torch.tensor(values, dtype=torch.float64).to(device)


@functools.lru_cache(maxsize=1024)
def decays(
    widths: tuple[float, ...], h: int, w: int, device: torch.device
) -> tuple[Tensor, Tensor]:
    """The heat kernel's factors along both axes at every level.

    Parameters
    ----------
    widths : tuple of float, length K + 1
        Blur widths in pixels.
    h, w : int
        Height and width of an image in pixels.
    device : torch.device

    Returns
    -------
    float64 tensors, shapes (K + 1, h) and (K + 1, w)
        A mode keeps the product of the two that belong to it.
    """
    with torch.inference_mode(False):
        rows, columns = decay_factors(torch.tensor(widths, dtype=torch.float64), h, w)
        return rows.to(device), columns.to(device)


def at_levels(factors: tuple[Tensor, Tensor], k: Tensor) -> Tensor:
    """The heat kernel at levels k, int64 (n,) on the device of the factors: float64 (n, h, w)."""
    rows, columns = factors
    return rows[k][:, :, None] * columns[k][:, None, :]


def blur_to_levels(images: Tensor, widths: tuple[float, ...], k: Tensor) -> Tensor:
    """Images blurred to levels of a schedule by the heat kernel.

    Parameters
    ----------
    images : float tensor, shape (n, c, h, w)
    widths : tuple of float, length K + 1
        Blur widths of levels 0..K in pixels.
    k : int64 tensor, shape (n,)
        Level of each image.

    Returns
    -------
    float tensor, shape (n, c, h, w)
    """
    factors = decays(widths, *images.shape[-2:], images.device)
    return damped(images, at_levels(factors, k.to(images.device)).to(images))
