"""The loss of one row, and of a batch."""

from __future__ import annotations

from torch import Tensor

from beyond_blur.processes import ForwardProcess, OwnLoss, TrainingPair


def squared_error(prediction: Tensor, pair: TrainingPair) -> Tensor:
    """Sum over pixels of the squared error, one number per image (IHDM)."""
    return (prediction - pair.target).square().flatten(1).sum(1)


def loss_per_row(process: ForwardProcess, prediction: Tensor, pair: TrainingPair) -> Tensor:
    """The loss of every image: the process's own where it has one, else the squared error."""
    if isinstance(process, OwnLoss):
        return process.loss_per_row(prediction, pair)
    return squared_error(prediction, pair)
