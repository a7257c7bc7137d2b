"""The kinds of datasets: one reader each.

A new kind is a file with its reader, a line in `READERS` and a word in ``config``'s
``DatasetKind``. Readers import what they compute with when they read: the workflow asks them which
files to follow each time it is parsed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from beyond_blur.config import Dataset
from beyond_blur.data.digits import DigitsReader
from beyond_blur.data.folder import FolderReader
from beyond_blur.data.idx import IdxReader
from beyond_blur.data.npz import NpzReader

if TYPE_CHECKING:
    from beyond_blur.data.images import Images


class Reader(Protocol):
    """How the images of one kind of dataset are read.

    Attributes
    ----------
    n_images : int or None
        How many there are, where that is known without reading them.
    """

    n_images: int | None

    def read(self, dataset: Dataset) -> Images:
        """The images at ``dataset.path``, at their own size or at the dataset's."""
        ...

    def check(self, dataset: Dataset) -> None:
        """Refuse, as `ConfigError`, what can be told from names, before anything is read."""
        ...

    def files(self, dataset: Dataset) -> list[str]:
        """Paths whose change makes another dataset."""
        ...


READERS: dict[str, Reader] = {
    "digits": DigitsReader(),
    "idx": IdxReader(),
    "npz": NpzReader(),
    "folder": FolderReader(),
}
"""The reader of each ``dataset.kind``."""


def check(dataset: Dataset) -> None:
    """Refuse a dataset whose files are missing, or not what its kind reads.

    Raises
    ------
    ConfigError
        Naming the key, its value and the way out.
    """
    READERS[dataset.kind].check(dataset)


def files(dataset: Dataset) -> list[str]:
    """The user's own files that a dataset is made of: a changed one makes a new dataset."""
    return READERS[dataset.kind].files(dataset)


def n_images(dataset: Dataset) -> int | None:
    """Number of a dataset's images before it is split; None where only reading them tells."""
    return READERS[dataset.kind].n_images


def read(dataset: Dataset) -> Images:
    """The images at ``dataset.path``, at the dataset's size and channels.

    Raises
    ------
    ConfigError
        Files that are unreadable, of another format or without images.
    """
    from beyond_blur.data.images import fit

    return fit(READERS[dataset.kind].read(dataset), dataset.size, dataset.channels)
