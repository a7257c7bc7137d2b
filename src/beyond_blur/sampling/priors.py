"""What sampling starts from: rows of terminal states or images, batch by batch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from beyond_blur.config import ProcessSpec, slug
from beyond_blur.data.image_sets import pixels_of
from beyond_blur.data.set_opening import open_set
from beyond_blur.data.source import ArraySource
from beyond_blur.processes.batch import take_rows
from beyond_blur.processes.noise import Noise, SampleNoise
from beyond_blur.storage import artifacts, cache_checks, shards


@dataclass(frozen=True)
class Prior:
    """What initial states are made from, as files of this workflow hold it.

    Attributes
    ----------
    arrays : dict of str to tensor
        ``images`` or ``terminal``, one first axis.
    index : int64 array, shape (n,)
        Number of each row's image in the dataset.
    checksum : str
        Of the files.
    manifest : dict
        Of the first file.
    remarks : tuple of str
        What was found where it was looked for, and left out or changed.
    """

    arrays: dict[str, Tensor]
    index: np.ndarray
    checksum: str
    manifest: dict[str, Any]
    remarks: tuple[str, ...] = ()


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


def load_prior(paths: list[str]) -> Prior:
    """The rows that initial states are made from, out of the shards of one set."""
    kind = artifacts.read_manifest(paths[0])["kind"]
    if kind == "terminal":
        cache_checks.check_origin(paths, kind)
    file = shards.load_shards(paths, kind)
    arrays = {
        name: torch.from_numpy(values)
        for name, values in file.arrays.items()
        if name not in ("index", "labels")
    }
    return Prior(arrays, file.arrays["index"], file.checksum, file.manifest)


STARTS = {"terminal": ("terminal states", "terminal"), "images": ("clean images", "data")}
"""What initial states are made of, by the kind of file, and its folder under results/."""


PICTURES = ("pictures", "samples")
"""What is read as a set of images: pictures from elsewhere, and samples of an earlier run."""


def prior_for(spec: ProcessSpec, paths: list[str], channels: int) -> Prior:
    """What initial states are made from: files of this workflow, or any set of images.

    Parameters
    ----------
    spec : dataclass of `beyond_blur.config`
        The process that samples.
    paths : list of str
        Shards or their folder, or one folder, npz or idx file of images.
    channels : int
        Channels of the network's images.

    Returns
    -------
    Prior
        Of ``images`` or ``terminal``; a set of images from elsewhere has no traits.

    Raises
    ------
    ValueError
        Terminal states where images are needed, or the other way round, another number of
        channels than the network has, or more than one set of images.
    """
    found, prior = open_prior(paths)
    check_kind(paths[0], found, spec)
    check_channels(paths[0], prior, channels)
    return prior


def open_prior(paths: list[str], size: int | None = None) -> tuple[str, Prior]:
    """What files hold, and their rows; ``size`` is what pictures are brought to.

    Raises
    ------
    ValueError
        No path, one that does not exist, a file that holds neither states nor pictures, or more
        than one set of images.
    """
    if not paths:
        raise ValueError("no files to start from: give those of the job's --prior")
    files = shards_of(paths)
    kind = artifacts.read_manifest(files[0])["kind"] if files else "pictures"
    if kind in STARTS:
        prior = load_prior(files)
        return kind, prior if size is None or kind != "images" else brought_to(prior, size)
    if kind not in PICTURES:
        raise ValueError(
            f"{files[0]} holds {kind}, nothing to start from: give pictures, or a file of images, "
            "samples or terminal states"
        )
    if len(paths) > 1:
        raise ValueError(
            f"{' '.join(paths)}: several files have to be shards of one set; give one "
            "folder, npz or idx file"
        )
    source = open_set(paths[0], size)
    prior = prior_of(pixels_of(source, size))
    return "images", replace(prior, remarks=tuple(source.remarks))


def brought_to(prior: Prior, size: int) -> Prior:
    """Images of this workflow at another size, as pictures are brought to it."""
    images = prior.arrays["images"].numpy()
    if images.shape[2:] == (size, size):
        return prior
    images = pixels_of(ArraySource(images), size)
    checksum = artifacts.checksum_of({"images": images})
    return replace(prior, arrays={"images": torch.from_numpy(images)}, checksum=checksum)


def check_kind(path: str, found: str, spec: ProcessSpec) -> None:
    """Refuse files of another kind than a process starts from.

    Raises
    ------
    ValueError
        Naming the file, what it holds and what is needed.
    """
    wanted = "terminal" if spec.starts_from == "terminal" else "images"
    if found != wanted:
        words, folder = STARTS[wanted]
        raise ValueError(
            f"{path} holds {found}, but {slug(spec)} starts from {words}: give files of kind "
            f"{wanted} (in a run's results under {folder}/)"
        )


def check_channels(path: str, prior: Prior, channels: int) -> None:
    """Refuse states of another number of channels than the network has.

    Raises
    ------
    ValueError
        Naming the file and both numbers.
    """
    found = next(values.shape[1] for values in prior.arrays.values() if values.ndim == 4)
    if found != channels:
        raise ValueError(
            f"{path} has {found} channels and the network {channels}: give "
            "the images it was trained on, or others like them"
        )


def prior_of(images: np.ndarray) -> Prior:
    """Images that no rule of this workflow made, uint8 (n, c, h, w)."""
    manifest = {"kind": "images", "traits": {}}
    arrays = {"images": torch.from_numpy(images)}
    return Prior(
        arrays, np.arange(len(images)), artifacts.checksum_of({"images": images}), manifest
    )


def shards_of(paths: list[str]) -> list[str]:
    """Files of this workflow, in folders or named one by one; none where anything else is named.

    Raises
    ------
    ValueError
        For a path that does not exist.
    """
    files: list[Path] = []
    for place in map(Path, paths):
        if not place.exists():
            raise ValueError(f"{place} does not exist: it is what initial states are made of")
        files += sorted(place.glob("*.safetensors")) if place.is_dir() else [place]
    if any(file.suffix != ".safetensors" for file in files):
        return []
    return [str(file) for file in files]
