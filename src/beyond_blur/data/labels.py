"""The labels of images: class numbers 0, 1, ..., one for each image."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from beyond_blur.config import ConfigError
from beyond_blur.storage.opening import shown

HIGHEST = 2**20 - 1
"""A classifier has one output for each class up to the highest label."""


def as_labels(labels: np.ndarray, n_images: int, source: Path | str) -> np.ndarray:
    """Check an array that a file holds to be the labels of images.

    Parameters
    ----------
    labels : array
        As the file has it.
    n_images : int
        How many images they belong to.
    source : path
        The file, for the message.

    Returns
    -------
    int64 array, shape (n_images,)

    Raises
    ------
    ConfigError
        For several axes, numbers that are not whole, another length than the images', and numbers
        below 0 or above `HIGHEST`.
    """
    labels = np.asarray(labels)
    if labels.ndim != 1 or labels.dtype.kind not in "iub":
        raise ConfigError(
            f"{shown(source)}: labels are {labels.dtype.name} of shape {labels.shape}; expected "
            "whole numbers of shape (n,), one for each image"
        )
    if len(labels) != n_images:
        raise ConfigError(
            f"{shown(source)}: the dataset has {n_images} images but {len(labels)} labels"
        )
    lowest, highest = int(labels.min()), int(labels.max())
    if lowest < 0 or highest > HIGHEST:
        raise ConfigError(
            f"{shown(source)}: labels go from {lowest} to {highest}; they number the classes from "
            f"0 and end at {HIGHEST} at most"
        )
    return labels.astype(np.int64)
