"""Samples between two samples: initial states on a straight line, every noise on an arc.

Gaussian noise in many dimensions lies near a sphere. Points of a straight line between two draws
lie inside it and look like too little noise; points of the arc are as likely as its ends.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from beyond_blur.processes.batch import take_rows
from beyond_blur.processes.noise import Noise, SampleNoise


def slerp(first: Tensor, last: Tensor, weights: Tensor) -> Tensor:
    """Spherical interpolation of two vectors.

    Parameters
    ----------
    first, last : float tensors, any one shape
        The ends, taken as vectors.
    weights : float tensor, shape (n,)
        Shares of the angle from ``first`` (0) to ``last`` (1).

    Returns
    -------
    float tensor, shape (n, *first.shape)
        The ends themselves, to the last bit, at weights 0 and 1. Ends in one direction are
        interpolated linearly.
    """
    a, b = first.double().flatten(), last.double().flatten()
    angle = (a @ b / (a.norm() * b.norm()).clamp(min=1e-300)).clamp(-1, 1).acos()
    w = weights.to(first.device, torch.float64)
    parallel = angle.sin() < 1e-6
    shares = [torch.where(parallel, v, (v * angle).sin() / angle.sin()) for v in (1 - w, w)]
    return combine(first, last, *shares)


def lerp(first: Tensor, last: Tensor, weights: Tensor) -> Tensor:
    """Linear interpolation, shape (n, *first.shape); the ends themselves at weights 0 and 1."""
    return combine(first, last, 1 - weights, weights)


def combine(first: Tensor, last: Tensor, of_first: Tensor, of_last: Tensor) -> Tensor:
    """Weighted sums of two tensors, one for each pair of shares."""
    shape = (-1, *[1] * first.dim())
    return of_first.to(first).view(shape) * first + of_last.to(last).view(shape) * last


class SlerpNoise:
    """The noise of samples between two samples: every draw is interpolated spherically.

    Parameters
    ----------
    seed : int
        Seed of the set that both samples belong to.
    first, last : int
        Their numbers in it.
    weights : float tensor, shape (n,)
        Where between them each row lies, from 0 to 1.
    """

    def __init__(self, seed: int, first: int, last: int, weights: Tensor) -> None:
        self.ends = [SampleNoise(seed, [number]) for number in (first, last)]
        self.weights = weights

    def normal(self, like: Tensor) -> Tensor:
        """Standard normal numbers of the shape, type and device of ``like``."""
        if len(like) != len(self.weights):
            raise ValueError(f"{len(like)} rows for noise at {len(self.weights)} weights")
        self.weights = self.weights.to(like.device)  # copied there once
        row = torch.empty((1, *like.shape[1:]), device=like.device)
        first, last = (end.normal(row)[0] for end in self.ends)
        return slerp(first, last, self.weights).to(like.dtype)

    def integers(self, low: int, high: int, n: int) -> Tensor:
        """Refused: there is nothing between two whole numbers.

        Raises
        ------
        ValueError
            Always.
        """
        raise ValueError(
            "whole numbers cannot be interpolated: this process draws some while it samples; "
            "leave interpolation out"
        )


def between(
    source: Mapping[str, Tensor],
    rows: tuple[int, int],
    seed: int,
    numbers: tuple[int, int],
    n: int,
) -> tuple[dict[str, Tensor], Noise]:
    """The batch and the noise of ``n`` samples from one sample to another, both included.

    Blur is linear in the image, so images on a straight line have initial states on one.

    Parameters
    ----------
    source : mapping of str to tensor
        What initial states are made from.
    rows : pair of int
        The rows of ``source`` that the two samples start from.
    seed : int
        Seed of the set of samples.
    numbers : pair of int
        The numbers of the two samples in it.
    n : int
        Samples in all, at least 2.

    Raises
    ------
    ValueError
        If n is under 2.
    """
    if n < 2:
        raise ValueError(f"an interpolation over {n} samples: at least 2, its two ends")
    weights = torch.linspace(0, 1, n, dtype=torch.float64)
    ends = take_rows(source, torch.tensor(rows))
    batch = {name: lerp(values[0], values[1], weights) for name, values in ends.items()}
    return batch, SlerpNoise(seed, *numbers, weights)
