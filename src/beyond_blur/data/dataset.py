"""Images of a prepared dataset, read back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from beyond_blur.storage import belonging, shards
from beyond_blur.storage.artifacts import Artifact


def load_images(paths: Sequence[Path | str], split: str | None = None) -> Artifact:
    """Shards of images; of ``split``, if one is given."""
    images = shards.load_shards(paths, "images")
    belonging.check(paths[0], images.manifest, split=split)
    return images


def load_labelled(paths: Sequence[Path | str], split: str | None = None) -> Artifact:
    """Shards of images with labels; of ``split``, if one is given.

    Raises
    ------
    ValueError
        Where they have none.
    """
    images = load_images(paths, split)
    if "labels" not in images.arrays:
        raise ValueError(
            f"{paths[0]} has no labels to train a classifier on: set evaluation.extractor:"
            " self-supervised or inception, or give dataset.labels_path"
        )
    if len(set(images.arrays["labels"].tolist())) < 2:
        raise ValueError(
            f"{paths[0]} has one class, and a classifier has to tell two apart: set "
            "evaluation.extractor: self-supervised"
        )
    return images
