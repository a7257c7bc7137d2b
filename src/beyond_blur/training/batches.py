"""Each step's batch, as a function of the step and nothing else."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from beyond_blur.config import Training
from beyond_blur.processes import ForwardProcess, TrainingPair
from beyond_blur.processes.batch import as_values
from beyond_blur.processes.noise import BatchNoise, Noise, PartNoise, Stream, mix
from beyond_blur.to_device import send
from beyond_blur.training.distributed import Group


class PairSource(Protocol):
    """Where training batches come from: random access by the number of the step, no iterator."""

    def batch(self, step: int, part: slice) -> dict[str, Tensor]:
        """Rows ``part`` of the global batch of step number ``step`` (from 0).

        As they are stored, or as values: bytes and half precision are converted by `pair_of_step`.
        """
        ...

    def name(self, step: int, row: int) -> str:
        """What row number ``row`` of a step's global batch is, for a message."""
        ...


@dataclass(frozen=True)
class CachedRows:
    """Rows that exist already, shuffled anew in every epoch.

    Attributes
    ----------
    rows : mapping of str to tensor
        One first axis; tensors, or anything that an int64 tensor of row numbers picks rows from.
    batch_size : int
        Rows of the global batch.
    seed : int
        Seed of the order.
    place : callable
        Where a row lies, for a message.
    """

    rows: Mapping[str, Tensor]
    batch_size: int
    seed: int
    place: Callable[[int], str] = "row {} of the data".format

    def batch(self, step: int, part: slice = slice(None)) -> dict[str, Tensor]:
        """Rows ``part`` of the global batch of step number ``step`` (from 0), as stored."""
        n_rows = len(next(iter(self.rows.values())))
        rows = rows_of_step(n_rows, self.batch_size, step, self.seed)[part]
        return {name: values[rows] for name, values in self.rows.items()}

    def name(self, step: int, row: int) -> str:
        """Where row number ``row`` of a step's global batch lies."""
        n_rows = len(next(iter(self.rows.values())))
        return self.place(int(rows_of_step(n_rows, self.batch_size, step, self.seed)[row]))


Source = PairSource | Mapping[str, Tensor]


@functools.lru_cache(maxsize=4)
def order_of_epoch(n_rows: int, epoch: int, seed: int) -> Tensor:
    """The order of the rows in one epoch, int64 (n_rows,)."""
    generator = torch.Generator().manual_seed(mix(seed, Stream.EPOCH_ORDER, epoch))
    return torch.randperm(n_rows, generator=generator)


def rows_of_step(n_rows: int, batch_size: int, step: int, seed: int) -> Tensor:
    """Rows that step number ``step`` (from 0) trains on: epoch after epoch, each in a new order.

    An epoch ends inside a batch where the batch size does not divide the number of rows.

    Parameters
    ----------
    n_rows : int
        Rows of the data set.
    batch_size : int
        Rows of the global batch.
    step : int
    seed : int
        Seed of the order.

    Returns
    -------
    int64 tensor, shape (batch_size,)
    """
    draws = torch.arange(step * batch_size, (step + 1) * batch_size)  # counted from step 0
    epochs = draws // n_rows
    rows = torch.empty_like(draws)
    for epoch in epochs.unique().tolist():
        here = epochs == epoch
        rows[here] = order_of_epoch(n_rows, epoch, seed)[draws[here] % n_rows]
    return rows


def dealt_out(source: Source, spec: Training) -> PairSource:
    """The source itself, or rows that exist already as `CachedRows`."""
    if isinstance(source, Mapping):
        return CachedRows(source, spec.batch_size, spec.seed)
    return source


def pair_of_step(
    process: ForwardProcess, source: Source, spec: Training, step: int, group: Group | None = None
) -> TrainingPair:
    """The training pairs of one step that this process computes, on its device.

    Parameters
    ----------
    process : ForwardProcess
    source : PairSource, or mapping of str to tensor
        A mapping is dealt out as `CachedRows`.
    spec : Training
        ``batch_size`` and ``seed`` count.
    step : int
        Number of the step, from 0.
    group : Group, optional
        The processes that share the batch; by default this one alone, on the CPU.
    """
    group = group or Group()
    part = group.part(spec.batch_size)
    rows = dealt_out(source, spec).batch(step, part)
    # A half or a quarter of the bytes on the way to a device: they are converted there.
    batch = as_values({name: send(values, group.device) for name, values in rows.items()})
    noise: Noise = BatchNoise(spec.seed, Stream.TRAINING_NOISE, step)
    if group.size > 1:
        noise = PartNoise(noise, spec.batch_size, part)
    pair = process.training_pair(batch, noise)
    # A process of the user's own may draw its levels on the CPU.
    x_k, k, target = (send(values, group.device) for values in (pair.x_k, pair.k, pair.target))
    return TrainingPair(x_k, k, target)
