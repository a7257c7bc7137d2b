"""Reader of scikit-learn's digits, which need no file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from beyond_blur.config import Dataset
from beyond_blur.data.counts import Counts
from beyond_blur.data.file_reader import Checksum

if TYPE_CHECKING:
    from beyond_blur.data.source import ArraySource

N_DIGITS = 1797

CLASSES = tuple("0123456789")


class DigitsReader:
    """The handwritten digits that ship with scikit-learn."""

    def open(self, dataset: Dataset) -> ArraySource:
        """All of them, whatever the dataset's paths."""
        return read_digits()

    def problems(self, dataset: Dataset) -> Iterator[str]:
        """Nothing can be missing."""
        yield from ()

    def counts(self, dataset: Dataset) -> Counts:
        """All of them have a class."""
        return Counts(N_DIGITS, labelled=True)

    def content(self, dataset: Dataset, checksum: Checksum) -> dict[str, str]:
        """Of no file: they come with scikit-learn."""
        return {}


def read_digits() -> ArraySource:
    """The 1,797 handwritten digits that ship with scikit-learn, 8 x 8 grey, as uint8."""
    import numpy as np
    from sklearn.datasets import load_digits

    from beyond_blur.data.source import ArraySource

    digits = load_digits()
    pixels = np.rint(digits.images * (255 / 16)).astype(np.uint8)
    return ArraySource(pixels[:, None], digits.target.astype(np.int64), CLASSES)
