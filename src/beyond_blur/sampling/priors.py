"""What sampling starts from: rows of terminal states or images, batch by batch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import torch
from torch import Tensor

from beyond_blur.processes.batch import take_rows
from beyond_blur.processes.noise import Noise, SampleNoise
from beyond_blur.storage import artifacts, cache_checks, shards


def prior_rows(n_samples: int, n_rows: int, seed: int) -> Tensor:
    """Which image each sample's initial state comes from: all once before any comes again.

    Returns
    -------
    int64 tensor, shape (n_samples,)
    """
    rounds = -(-n_samples // n_rows)
    orders = [
        torch.randperm(n_rows, generator=torch.Generator().manual_seed(seed_of_round(seed, r)))
        for r in range(rounds)
    ]
    return torch.cat(orders)[:n_samples]


def seed_of_round(seed: int, r: int) -> int:
    """Seed of the order in which round ``r`` takes the images.

    The prime is above any number of rounds, so no two (seed, round) share an order. Other streams
    go through `beyond_blur.processes.noise.mix`; these stay, or finished samples would change.
    """
    return seed * 1_000_003 + r


def batches(
    source: Mapping[str, Tensor],
    rows: Tensor,
    seed: int,
    batch_size: int,
    numbers: Sequence[int] | None = None,
) -> Iterable[tuple[dict[str, Tensor], Noise]]:
    """Cut the samples into batches, each sample with its own source of noise.

    Parameters
    ----------
    rows : int64 tensor, shape (n,)
        Row of ``source`` that each sample's initial state is made from.
    numbers : sequence of int, length n, optional
        Number of each sample's noise; equal numbers share all of it. By default 0, 1, ...
    """
    numbers = range(len(rows)) if numbers is None else numbers
    for start in range(0, len(rows), batch_size):
        here = slice(start, start + batch_size)
        yield take_rows(source, rows[here]), SampleNoise(seed, list(numbers[here]))


def load_prior(paths: list[str]) -> tuple[dict[str, Tensor], artifacts.Artifact]:
    """The rows that initial states are made from, as tensors, and their file."""
    kind = artifacts.read_manifest(paths[0])["kind"]
    if kind == "terminal":
        cache_checks.check_origin(paths, kind)
    priors = shards.load_shards(paths, kind)
    source = {
        name: torch.from_numpy(values)
        for name, values in priors.arrays.items()
        if name not in ("index", "labels")
    }
    return source, priors
