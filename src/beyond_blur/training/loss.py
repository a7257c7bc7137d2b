"""The loss of one row, and of a batch."""

from __future__ import annotations

from torch import Tensor

from beyond_blur.processes import ForwardProcess, OwnLoss, TrainingPair


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
