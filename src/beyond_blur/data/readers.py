"""The kinds of datasets: one reader each.

A new kind is a file with its reader, a line in `READERS` and a word in ``config``'s
``DatasetKind``. Readers import what they compute with when they read: the workflow asks them what
their files hold each time it is parsed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from beyond_blur.config import Dataset, Experiment, too_few
from beyond_blur.data.digits import DigitsReader
from beyond_blur.data.file_reader import Checksum
from beyond_blur.data.folder import FolderReader
from beyond_blur.data.idx import IdxReader
from beyond_blur.data.mnist5k import Mnist5kReader
from beyond_blur.data.npz import NpzReader

if TYPE_CHECKING:
    from beyond_blur.data.images import Images
    from beyond_blur.data.source import Source


class Reader(Protocol):
    """How the images of one kind of dataset are read.

    Attributes
    ----------
    n_images : int or None
        How many there are, where that is known without reading them.
    """

    n_images: int | None

    def open(self, dataset: Dataset) -> Source:
        """The images at ``dataset.path``, listed."""
        ...

    def problems(self, dataset: Dataset) -> Iterator[str]:
        """What is wrong as far as names tell, before anything is read: a line each."""
        ...

    def content(self, dataset: Dataset, checksum: Checksum) -> dict[str, str]:
        """What names the content of its files, wherever they lie and whenever they came."""
        ...


READERS: dict[str, Reader] = {
    "digits": DigitsReader(),
    "mnist5k": Mnist5kReader(),
    "idx": IdxReader(),
    "npz": NpzReader(),
    "folder": FolderReader(),
}
"""The reader of each ``dataset.kind``."""


def problems(experiment: Experiment) -> Iterator[str]:
    """What is wrong with the files of an experiment's dataset, and with the number of its images.

    For `beyond_blur.config.load_experiment`, which tells it with all other problems.

    Yields
    ------
    str
        A line that names the key, its value and the way out.
    """
    dataset, reader = experiment.dataset, READERS[experiment.dataset.kind]
    yield from reader.problems(dataset)
    if reader.n_images is not None:
        n_held_out = round(reader.n_images * dataset.held_out)
        key = "the number of held-out images (dataset.held_out)"
        yield from too_few(key, n_held_out, experiment.evaluation.nearest_k)


def content(dataset: Dataset, checksum: Checksum) -> dict[str, str]:
    """What names the content of the user's own files: another one makes a new dataset.

    Parameters
    ----------
    dataset : Dataset
    checksum : function
        From a path to the sha256 of the file's bytes.

    Returns
    -------
    dict
        By the dotted keys of the options that name the files.
    """
    return READERS[dataset.kind].content(dataset, checksum)


def open_source(dataset: Dataset) -> Source:
    """The images at ``dataset.path``, listed and not decoded.

    Raises
    ------
    ConfigError
        Files that are unreadable, of another format or without images.
    """
    return READERS[dataset.kind].open(dataset)


def read(dataset: Dataset) -> Images:
    """The images at ``dataset.path``, at the dataset's size and channels.

    Raises
    ------
    ConfigError
        Files that are unreadable, of another format or without images.
    """
    from beyond_blur.data.decoding import decode
    from beyond_blur.data.images import as_images

    source = open_source(dataset)
    pixels = decode(source, range(len(source)), dataset.size, dataset.channels)
    return as_images(pixels, source.labels)
