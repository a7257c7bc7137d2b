"""Sources of Gaussian noise, handed to every process as an argument.

Training draws a whole batch from one generator. Sampling gives each sample a generator of its own,
so that a sample depends on its seed and not on the batch it was drawn in.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Protocol

import torch
from torch import Tensor

from beyond_blur.processes.batch import send


class Stream(IntEnum):
    """What random numbers are for: the second word of a seed (seed, stream, ...).

    One experiment's seed feeds all of them; the number keeps them apart. The numbers are part of
    every result: never change one. Flows have a seed of their own, (seed, image id, draw), see
    `beyond_blur.corruption.pairs.flow_seeds`, which goes into another kind of generator.
    """

    EPOCH_ORDER = 1
    """Order of the rows in an epoch: (seed, stream, epoch)."""
    TRAINING_NOISE = 2
    """Levels and noise of a step's pairs: (seed, stream, step)."""
    DROPOUT = 3
    """Dropout of a step: (seed, stream, step)."""
    STREAMED_LEVELS = 4
    """Levels of a step whose pairs are streamed: (seed, stream, step)."""
    HELD_OUT_NOISE = 5
    """Levels and noise of the held-out pairs: (seed, stream)."""


class Noise(Protocol):
    """Anything that draws standard normal numbers and whole numbers for the rows of a batch."""

    def normal(self, like: Tensor) -> Tensor:
        """Standard normal numbers of the shape, type and device of ``like``."""
        ...

    def integers(self, low: int, high: int, n: int) -> Tensor:
        """``n`` whole numbers, uniform on low..high, both ends included."""
        ...


class BatchNoise:
    """All rows from one generator, seeded by a tuple of whole numbers."""

    def __init__(self, *seeds: int, device: torch.device | str = "cpu") -> None:
        self.device = torch.device(device)
        self.generator = torch.Generator(self.device).manual_seed(mix(*seeds))

    def normal(self, like: Tensor) -> Tensor:
        """Standard normal numbers of the shape and type of ``like``."""
        drawn = torch.randn(
            like.shape, generator=self.generator, dtype=like.dtype, device=self.device
        )
        return send(drawn, like.device)

    def integers(self, low: int, high: int, n: int) -> Tensor:
        """``n`` whole numbers, uniform on low..high, both ends included."""
        return torch.randint(low, high + 1, (n,), generator=self.generator, device=self.device)


class PartNoise:
    """Some rows of another source's noise: what processes that share a batch draw, each its own.

    The noise of the whole batch is drawn and the rows are taken from it, so that it does not depend
    on how the batch is shared.

    Parameters
    ----------
    noise : Noise
        Noise of the whole batch.
    n_rows : int
        Rows of the whole batch.
    part : slice
        The rows that are wanted.
    """

    def __init__(self, noise: Noise, n_rows: int, part: slice) -> None:
        self.noise, self.n_rows, self.part = noise, n_rows, part
        self.n_own = len(range(*part.indices(n_rows)))

    def normal(self, like: Tensor) -> Tensor:
        """Standard normal numbers of the shape, type and device of ``like``."""
        self._check(len(like))
        return self.noise.normal(like.new_empty((self.n_rows, *like.shape[1:])))[self.part]

    def integers(self, low: int, high: int, n: int) -> Tensor:
        """``n`` whole numbers, uniform on low..high, both ends included."""
        self._check(n)
        return self.noise.integers(low, high, self.n_rows)[self.part]

    def _check(self, n: int) -> None:
        if n != self.n_own:
            raise ValueError(
                f"{n} rows for noise of {self.n_own} rows of a shared batch: a process must draw "
                "one row of noise per row of its batch"
            )


class SampleNoise:
    """One generator per row: row i depends on ``(seed, samples[i])`` and on nothing else.

    Parameters
    ----------
    seed : int
        Seed of the whole set of samples.
    samples : sequence of int
        Number of each sample in its set; equal numbers share all their noise.
    """

    def __init__(self, seed: int, samples: list[int]) -> None:
        self.seed, self.samples = seed, samples
        self.generators = [torch.Generator().manual_seed(mix(seed, sample)) for sample in samples]

    def normal(self, like: Tensor) -> Tensor:
        """Standard normal numbers of the shape, type and device of ``like``."""
        if len(like) != len(self.generators):
            raise ValueError(f"{len(like)} rows for noise of {len(self.generators)} samples")
        rows = [torch.randn(like.shape[1:], generator=g) for g in self.generators]
        return torch.stack(rows).to(like)

    def integers(self, low: int, high: int, n: int) -> Tensor:
        """One whole number per row, uniform on low..high, both ends included."""
        if n != len(self.generators):
            raise ValueError(f"{n} rows for noise of {len(self.generators)} samples")
        return torch.cat([torch.randint(low, high + 1, (1,), generator=g) for g in self.generators])


def mix(*seeds: int) -> int:
    """One 63-bit seed from several whole numbers, by NumPy's SeedSequence.

    SeedSequence fills up with zeros to four words, and a number from 2^32 on is several words. So
    numbers that differ by zeros at their end are one seed: ``mix(0, 2) == mix(0, 2, 0)``, and
    sample 2 of a seed has the generator of the noise of training step 0 of that seed. All such
    pairs (tests/processes/test_streams.py lists them) are of a sample and of something of the
    training, which never meet. They stay, for another rule would change every number.
    """
    import numpy as np

    return int(np.random.SeedSequence(seeds).generate_state(1, np.uint64)[0] >> np.uint64(1))
