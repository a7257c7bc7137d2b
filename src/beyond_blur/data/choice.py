"""Which images of a dataset are trained on and which are held out, before any is decoded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from beyond_blur.config import ConfigError, Dataset
from beyond_blur.data import readers
from beyond_blur.data.counts import no_official_split

if TYPE_CHECKING:
    from beyond_blur.data.source import Source


@dataclass(frozen=True)
class Part:
    """The chosen images of one split.

    Attributes
    ----------
    source : Source
    rows : int64 array, shape (n,)
        Their places in the source, shuffled: the first few are a fair choice of all.
    labels : int64 array, shape (n,), or None
    index : int64 array, shape (n,)
        Number of each image, which no other of the dataset has: its random flow is drawn from it.
    classes : tuple of str, or None
        The name of each class, by its number.
    """

    source: Source
    rows: np.ndarray
    labels: np.ndarray | None
    index: np.ndarray
    classes: tuple[str, ...] | None = None

    def __len__(self) -> int:
        """The number of images."""
        return len(self.rows)

    def chosen(self, rows: np.ndarray) -> Part:
        """Some of the images, in the given order."""
        labels = None if self.labels is None else self.labels[rows]
        return replace(self, rows=self.rows[rows], labels=labels, index=self.index[rows])


def choose(dataset: Dataset) -> dict[str, Part]:
    """The images of a dataset by their split: ``train`` and ``held_out``.

    Raises
    ------
    ConfigError
        Files that are missing or of another kind, too few images, no official split where one is
        asked for, or held-out images of a class that no training image has.
    """
    whole = whole_of(readers.open_source(dataset), dataset)
    rng = np.random.default_rng(dataset.split_seed)
    if dataset.held_out_path is None and dataset.split == "random":
        train, held_out = split(whole, dataset.held_out, rng)
    else:
        own = dataset.held_out_path is None
        given = official(whole, dataset) if own else (whole, beside(whole, dataset))
        train, held_out = (part.chosen(rng.permutation(len(part))) for part in given)
    parts = {"train": train, "held_out": held_out}
    return {name: first(part, dataset.max_images) for name, part in parts.items()}


def whole_of(source: Source, dataset: Dataset) -> Part:
    """All images of a source, numbered 0, 1, ... in its order."""
    n = len(source)
    if n == 0:
        raise ConfigError("the dataset holds no images")
    labelled = dataset.labels != "none" and source.labels is not None
    return Part(
        source,
        np.arange(n),
        source.labels if labelled else None,
        np.arange(n),
        source.classes if labelled else None,
    )


def beside(train: Part, dataset: Dataset) -> Part:
    """The images at ``dataset.held_out_path``, under the class numbers of the training images."""
    source = readers.open_source(
        replace(dataset, path=dataset.held_out_path, labels_path=dataset.held_out_labels_path)
    )
    part = whole_of(source, dataset)
    # Numbers that no training image has, so that no two images share a flow.
    part = replace(part, index=part.index + len(train.index))
    if part.labels is None or part.classes is None or train.classes is None:
        return part
    unknown = [name for name in part.classes if name not in train.classes]
    if unknown:
        raise ConfigError(
            f"dataset.held_out_path = {dataset.held_out_path} has images of class "
            f"{', '.join(unknown[:5])}, which no image at dataset.path = {dataset.path} is of "
            f"({', '.join(train.classes[:5])}, ...): remove them, or set dataset.labels: none"
        )
    numbers = np.array([train.classes.index(name) for name in part.classes])
    return replace(part, labels=numbers[part.labels], classes=train.classes)


def official(whole: Part, dataset: Dataset) -> tuple[Part, Part]:
    """The images that the owners train on, and those that they hold out."""
    held_out = whole.source.held_out
    if held_out is None or held_out.all() or not held_out.any():
        raise ConfigError(no_official_split(str(dataset.path)))
    return whole.chosen(np.flatnonzero(~held_out)), whole.chosen(np.flatnonzero(held_out))


def split(whole: Part, held_out: float, rng: np.random.Generator) -> tuple[Part, Part]:
    """Shuffle once and keep a share of the images from training.

    Returns
    -------
    train, held_out : Part
        Disjoint and shuffled; together all images.
    """
    n = len(whole)
    n_held_out = round(n * held_out)
    if not 0 < n_held_out < n:
        raise ConfigError(
            f"dataset.held_out = {held_out:g} of {n} images leaves {n - n_held_out} to train on "
            f"and {n_held_out} to measure with: choose another share"
        )
    order = rng.permutation(n)
    return whole.chosen(order[n_held_out:]), whole.chosen(order[:n_held_out])


def first(part: Part, n: int | None) -> Part:
    """The first images of a shuffled part, as many of every class as there are."""
    if n is None or n >= len(part):
        return part
    rows = np.arange(n) if part.labels is None else first_of_every_class(part.labels, n)
    return part.chosen(rows)


def first_of_every_class(labels: np.ndarray, n: int) -> np.ndarray:
    """Rows of the first ``n`` images of shuffled ones, as many of every class as there are.

    Parameters
    ----------
    labels : int64 array, shape (m,)
    n : int

    Returns
    -------
    int64 array, shape (min(n, m),)
        Rising: as shuffled as they were.
    """
    by_class = np.argsort(labels, kind="stable")
    sorted_labels = labels[by_class]
    rank = np.empty(len(labels), np.int64)
    rank[by_class] = np.arange(len(labels)) - np.searchsorted(sorted_labels, sorted_labels)
    # Every class's first image, then every class's second one, ...
    return np.sort(np.argsort(rank, kind="stable")[:n])
