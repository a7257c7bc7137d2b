"""How many images a dataset has and whether it has classes, as far as names and headers tell.

For refusals and warnings before any work. What only reading would tell stays unknown (None).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from beyond_blur.config import Dataset


@dataclass(frozen=True)
class Counts:
    """What is known of the files at ``dataset.path``.

    Attributes
    ----------
    n_images : int or None
        All images there.
    labelled : bool or None
        Whether they have classes.
    n_official : int or None
        Those of them that the owners hold out.
    """

    n_images: int | None = None
    labelled: bool | None = None
    n_official: int | None = None


Count = Callable[[Dataset], Counts]
"""What is known of the files at ``path`` of a dataset."""


@dataclass(frozen=True)
class SplitCounts:
    """Images of each split, before ``dataset.max_images`` takes some of them; None: unknown."""

    train: int | None = None
    held_out: int | None = None


def split_counts(dataset: Dataset, count: Count) -> SplitCounts:
    """How many images each split has.

    Parameters
    ----------
    dataset : Dataset
    count : function
        What is known of the files at ``path`` of a dataset.
    """
    here = count(dataset)
    if dataset.held_out_path is not None:
        there = replace(
            dataset,
            path=dataset.held_out_path,
            labels_path=dataset.held_out_labels_path,
            held_out_path=None,
            held_out_labels_path=None,
            split="random",
        )
        return SplitCounts(here.n_images, count(there).n_images)
    n = here.n_images
    n_held_out = here.n_official
    if dataset.split == "random" and n is not None:
        n_held_out = round(n * dataset.held_out)
    if n is None or n_held_out is None:
        return SplitCounts()
    return SplitCounts(n - n_held_out, n_held_out)


def no_official_split(path: str) -> str:
    """What to say where ``dataset.split: official`` finds no split of the owners'."""
    return (
        f"dataset.split = official: the files at dataset.path = {path} do not say which images are "
        "held out, as train/ beside test/ or val/, FFHQ's numbers or MNIST's t10k would: give "
        "dataset.held_out_path, or dataset.split: random"
    )
