"""Sources of Gaussian noise, handed to every process as an argument.

Training draws a whole batch from one generator. Sampling gives each sample numbers of its own, so
that a sample depends on its seed and not on the batch it was drawn in or on the device.
"""

from __future__ import annotations

import math
from enum import IntEnum
from typing import Protocol

import torch
from torch import Tensor

from beyond_blur.processes.normal_quantile import normal_quantile
from beyond_blur.processes.philox import WORD, Philox, counters
from beyond_blur.to_device import send


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
    SAMPLE_NOISE = 6
    """Key of the noise of samples, which each sample counts by itself: (seed, stream)."""


class Use(IntEnum):
    """What a sample draws numbers for: the last word of a counter. Never change a number either."""

    NORMAL = 0
    INTEGERS = 1


BLOCKS_ON_CPU, BLOCKS_ON_DEVICE = 2**14, 2**20
"""Blocks of four numbers drawn at once: a core's cache holds 2^14; 2^20 take some 300 MB."""


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
        # Where the noise is drawn, so that a device is sent its own rows and holds no others.
        whole = torch.empty((self.n_rows, *like.shape[1:]), dtype=like.dtype)
        return send(self.noise.normal(whole)[self.part].clone(), like.device)

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
    """Row i depends on ``(seed, samples[i])`` and on nothing else, to the last bit.

    Not on the batch and its other rows, and not on the device: numbers are drawn where they are
    wanted, from a generator that counts (`beyond_blur.processes.philox`). Its key is the seed; its
    counter is the block of four numbers in the image, how many times this object has drawn, the
    sample's number, and what for.

    Parameters
    ----------
    seed : int
        Seed of the whole set of samples.
    samples : sequence of int
        Number of each sample in its set, 0 to 2^32 - 1; equal numbers share all their noise.

    Raises
    ------
    ValueError
        For another number.
    """

    def __init__(self, seed: int, samples: list[int]) -> None:
        wrong = [sample for sample in samples if not 0 <= sample <= WORD]
        if wrong:
            raise ValueError(f"noise of sample {wrong[0]}: give it a number from 0 to {WORD}")
        self.seed, self.samples = seed, samples
        self.n_drawn = dict.fromkeys(Use, 0)
        self._on: dict[torch.device, tuple[Philox, Tensor]] = {}

    def normal(self, like: Tensor) -> Tensor:
        """Standard normal numbers of the shape, type and device of ``like``.

        They are float32 numbers, rounded where ``like`` has fewer digits; see
        `beyond_blur.processes.normal_quantile`.
        """
        n, n_numbers = len(like), math.prod(like.shape[1:])
        draw, n_blocks = self._next(Use.NORMAL, n), -(-n_numbers // 4)
        generator, samples = self._at(like.device)
        block = torch.arange(n_blocks, device=like.device).repeat(n)
        sample = samples[:, None].expand(n, n_blocks).flatten()
        drawn = torch.empty((n * n_blocks, 4), device=like.device, dtype=torch.float32)
        piece = BLOCKS_ON_CPU if like.device.type == "cpu" else BLOCKS_ON_DEVICE
        for start in range(0, n * n_blocks, piece):
            here = slice(start, start + piece)
            words = generator.words(counters(block[here], draw, sample[here], Use.NORMAL))
            drawn[here] = normal_quantile(words).T
        numbers = drawn.view(n, 4 * n_blocks)[:, :n_numbers]
        return numbers.reshape(like.shape).to(like.dtype)

    def integers(self, low: int, high: int, n: int) -> Tensor:
        """One whole number per row, uniform on low..high, both ends included; on the CPU.

        64 bits are multiplied by how many numbers there are, and the upper half of the product is
        taken: the probability of each number is within 2^-64 of what it should be.
        """
        draw = self._next(Use.INTEGERS, n)
        generator, samples = self._at(torch.device("cpu"))
        first, second, *_ = generator.words(
            counters(torch.zeros_like(samples), draw, samples, Use.INTEGERS)
        ).tolist()
        bits = [upper << 32 | lower for upper, lower in zip(first, second, strict=True)]
        return torch.tensor([low + (one * (high - low + 1) >> 64) for one in bits]).long()

    def _next(self, use: Use, n: int) -> int:
        """The number of a draw of ``n`` rows."""
        if n != len(self.samples):
            raise ValueError(f"{n} rows for noise of {len(self.samples)} samples")
        self.n_drawn[use] += 1
        return self.n_drawn[use] - 1

    def _at(self, device: torch.device) -> tuple[Philox, Tensor]:
        """The generator and the numbers of the samples on a device, copied there once."""
        if device not in self._on:
            numbers = torch.tensor(self.samples, dtype=torch.int64, device=device)
            self._on[device] = Philox(mix(self.seed, Stream.SAMPLE_NOISE), device), numbers
        return self._on[device]


def mix(*seeds: int) -> int:
    """One 63-bit seed from several whole numbers, by NumPy's SeedSequence.

    SeedSequence fills up with zeros to four words, and a number from 2^32 on is several words:
    ``mix(0, 2) == mix(0, 2, 0)`` and ``mix(2**32) == mix(0, 1)``. What a seed below 2^32 is used
    for never meets another use of it or of another such seed, for every `Stream` has a number above
    0 and no stream is used with and without more numbers after it.
    """
    import numpy as np

    return int(np.random.SeedSequence(seeds).generate_state(1, np.uint64)[0] >> np.uint64(1))
