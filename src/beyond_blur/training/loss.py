"""The loss of one row, and of a batch under a network."""

from __future__ import annotations

import torch
from torch import Tensor

from beyond_blur.config import Training
from beyond_blur.network import compiling, precision
from beyond_blur.network.layout import memory_format
from beyond_blur.processes import ForwardProcess, OwnLoss, TrainingPair
from beyond_blur.processes.base import Predict


def squared_error(prediction: Tensor, pair: TrainingPair) -> Tensor:
    """Squared error summed over channels and pixels, as IHDM does: shape (n,)."""
    return (prediction - pair.target).square().flatten(1).sum(1)


def loss_per_row(process: ForwardProcess, prediction: Tensor, pair: TrainingPair) -> Tensor:
    """The loss of every image: the process's own where it has one, else the squared error.

    Parameters
    ----------
    process : ForwardProcess
    prediction : float tensor, shape (n, c, h, w)
        The network's answer to ``pair.x_k`` and ``pair.k``.
    pair : TrainingPair

    Returns
    -------
    float tensor, shape (n,)
    """
    if isinstance(process, OwnLoss):
        return process.loss_per_row(prediction, pair)
    return squared_error(prediction, pair)


def prediction_losses(
    process: ForwardProcess, predict: Predict, pair: TrainingPair, spec: Training, device: str
) -> Tensor:
    """The loss of every row under a network, in the precision that training has on the device.

    Parameters
    ----------
    process : ForwardProcess
    predict : callable
        The network, (x_k, k) to its prediction.
    pair : TrainingPair
        On the device.
    spec : Training
        ``precision``, ``compile`` and ``iterations`` count.
    device : str

    Returns
    -------
    float32 tensor, shape (n,)
    """
    low = precision.resolve(spec.precision, device) == "bfloat16"
    compiled = compiling.trains_compiled(spec, device)
    x_k = pair.x_k.contiguous(memory_format=memory_format(device, compiled))
    with torch.autocast(torch.device(device).type, torch.bfloat16, enabled=low):
        prediction = predict(x_k, pair.k)
    return loss_per_row(process, prediction.float(), pair)
