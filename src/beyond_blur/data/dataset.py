"""The dataset of an experiment: read, fitted, split in train and held-out, cut in shards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from beyond_blur.config import ConfigError, Dataset
from beyond_blur.data import readers
from beyond_blur.data.images import Images
from beyond_blur.storage import belonging, shards
from beyond_blur.storage.artifacts import Artifact, checksum_of


def split(images: Images, held_out: float, seed: int) -> tuple[Images, Images]:
    """Shuffle once and keep a share of the images from training.

    Both parts stay shuffled, so that the first images of either are a fair choice of it: what
    figures show and samples start from is no run of one class, however the files lie.

    Returns
    -------
    train, held_out : Images
        Disjoint; together all images. The same seed gives the same split.
    """
    n = len(images.pixels)
    n_held_out = round(n * held_out)
    if not 0 < n_held_out < n:
        raise ConfigError(
            f"dataset.held_out = {held_out:g} of {n} images leaves {n - n_held_out} to train on "
            f"and {n_held_out} to measure with: choose another share"
        )
    order = np.random.default_rng(seed).permutation(n)
    return images.rows(order[n_held_out:]), images.rows(order[:n_held_out])


def prepare(spec: Dataset) -> dict[str, Images]:
    """The images of a dataset by their split: ``train`` and ``held_out``.

    Raises
    ------
    ConfigError
        Files that are missing, unreadable or too few.
    """
    images = readers.read(spec)
    if spec.held_out_path is None:
        train, held_out = split(images, spec.held_out, spec.split_seed)
    else:
        train = images
        held_out = readers.read(
            replace(spec, path=spec.held_out_path, labels_path=spec.held_out_labels_path)
        )
        # Numbers that no training image has, so that no two images share a flow.
        held_out = Images(held_out.pixels, held_out.labels, held_out.index + len(train.index))
    splits = {"train": train, "held_out": held_out}
    return {name: _first(images, spec.max_images) for name, images in splits.items()}


def fingerprint(splits: Mapping[str, Images]) -> str:
    """sha256 over the pixels and numbers of all images: files of two data sets never share it."""
    parts = {
        f"{split}.{name}": values
        for split, images in splits.items()
        for name, values in (("images", images.pixels), ("index", images.index))
    }
    return checksum_of(parts)


def _first(images: Images, n: int | None) -> Images:
    return images if n is None else images.rows(np.arange(min(n, len(images.pixels))))


def shard_rows(n: int, shards: int) -> list[np.ndarray]:
    """Row numbers of each of ``shards`` nearly equal, consecutive parts of ``n`` rows."""
    if shards > n:
        raise ConfigError(f"dataset.shards = {shards} is more than the {n} images of a split")
    return np.array_split(np.arange(n), shards)


def shards_of(images: Images, n: int) -> Iterator[dict[str, np.ndarray]]:
    """What each of ``n`` shards of a split holds.

    Yields
    ------
    dict
        ``images``, ``index`` and, where there are any, ``labels``.
    """
    for rows in shard_rows(len(images.pixels), n):
        part = images.rows(rows)
        arrays = {"images": part.pixels, "index": part.index}
        yield arrays if part.labels is None else {**arrays, "labels": part.labels}


def load_labelled(paths: Sequence[Path | str], split: str | None = None) -> Artifact:
    """Shards of images with labels; of ``split``, if one is given.

    Raises
    ------
    ValueError
        Where they have none.
    """
    images = shards.load_shards(paths, "images")
    belonging.check(paths[0], images.manifest, split=split)
    if "labels" not in images.arrays:
        raise ValueError(
            f"{paths[0]} has no labels to train a classifier on: set evaluation.extractor:"
            " inception or give dataset.labels_path"
        )
    return images
