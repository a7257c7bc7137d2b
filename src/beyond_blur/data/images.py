"""Images of one split as arrays, uint8 (n, c, h, w), and how they are fitted to a size."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from beyond_blur.config import ConfigError
from beyond_blur.data.labels import as_labels
from beyond_blur.data.pixels import fit_picture


@dataclass(frozen=True)
class Images:
    """Images of one split.

    Attributes
    ----------
    pixels : uint8 array, shape (n, c, h, w)
    labels : int64 array, shape (n,), or None
    index : int64 array, shape (n,)
        Number of each image in its source: what its random flow is drawn from.
    """

    pixels: np.ndarray
    labels: np.ndarray | None
    index: np.ndarray

    def rows(self, rows: np.ndarray) -> Images:
        """Some of the images, in the given order."""
        labels = None if self.labels is None else self.labels[rows]
        return Images(self.pixels[rows], labels, self.index[rows])


def as_images(
    pixels: np.ndarray, labels: np.ndarray | None, source: Path | str = "dataset.path"
) -> Images:
    """Number the images 0, 1, ... in the order of their source.

    Parameters
    ----------
    pixels : uint8 array, shape (n, c, h, w)
    labels : array, shape (n,), optional
        As a file has them.
    source : path
        The file of the labels, for the message.

    Raises
    ------
    ConfigError
        No images, or labels that are not theirs, see `beyond_blur.data.labels.as_labels`.
    """
    if len(pixels) == 0:
        raise ConfigError("the dataset holds no images")
    checked = None if labels is None else as_labels(labels, len(pixels), source)
    return Images(pixels, checked, np.arange(len(pixels)))


def fit(images: Images, size: int, channels: int) -> Images:
    """Bring images to the asked size and number of channels, see `fit_picture`."""
    n, c, h, w = images.pixels.shape
    if (c, h, w) == (channels, size, size):
        return images
    fitted = np.empty((n, channels, size, size), np.uint8)
    for i, picture in enumerate(images.pixels):
        one = fit_picture(picture.transpose(1, 2, 0), size, channels)
        fitted[i] = one.transpose(2, 0, 1)
    return Images(fitted, images.labels, images.index)
