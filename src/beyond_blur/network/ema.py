"""Exponential moving average of the weights, with the papers' ramp."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def ema_decay(rate: float, n_updates: int) -> float:
    """Decay after ``n_updates`` updates, min(rate, (1 + n) / (10 + n)): short memory at first."""
    return min(rate, (1 + n_updates) / (10 + n_updates))


@torch.no_grad()
def update_ema(average: dict[str, Tensor], model: nn.Module, rate: float, n_updates: int) -> None:
    """Move the averaged weights towards the model's, in place, all tensors in one call.

    Parameters
    ----------
    average : dict of str to tensor
        Changed in place.
    model : nn.Module
    rate : float
        The decay that `ema_decay` ramps up to.
    n_updates : int
        Updates of the weights done so far.
    """
    decay = ema_decay(rate, n_updates)
    parameters = dict(model.named_parameters())
    torch._foreach_lerp_(
        [average[name] for name in parameters], list(parameters.values()), 1 - decay
    )


def start_ema(model: nn.Module) -> dict[str, Tensor]:
    """A copy of the model's weights to average into."""
    return {name: p.detach().clone() for name, p in model.named_parameters()}
