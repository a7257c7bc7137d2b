"""The kinds of datasets: one reader each.

A new kind is a file with its reader, a line in `READERS` and a word in ``config``'s
``DatasetKind``. Readers import what they compute with when they read: the workflow asks them what
their files hold each time it is parsed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from beyond_blur.config import ConfigError, Dataset, Experiment, too_few
from beyond_blur.config.published_sets import PUBLISHED, fetched_files, places_of
from beyond_blur.data.archive import ArchiveReader
from beyond_blur.data.cifar import CifarReader
from beyond_blur.data.counts import Count, Counts, SplitCounts, no_official_split, split_counts
from beyond_blur.data.digits import DigitsReader
from beyond_blur.data.file_reader import Checksum, named
from beyond_blur.data.folder import FolderReader
from beyond_blur.data.idx_reader import IdxReader
from beyond_blur.data.lmdb_folder import LmdbReader
from beyond_blur.data.mnist5k import Mnist5kReader
from beyond_blur.data.npz import NpzReader
from beyond_blur.data.parquet import ParquetReader

if TYPE_CHECKING:
    from beyond_blur.data.source import Source


class Reader(Protocol):
    """How the images of one kind of dataset are read."""

    def open(self, dataset: Dataset) -> Source:
        """The images at ``dataset.path``, listed."""
        ...

    def problems(self, dataset: Dataset) -> Iterator[str]:
        """What is wrong as far as names tell, before anything is read: a line each."""
        ...

    def counts(self, dataset: Dataset) -> Counts:
        """How many images there are, and whether they have classes, as far as headers tell."""
        ...

    def content(self, dataset: Dataset, checksum: Checksum) -> dict[str, str]:
        """What names the content of its files, wherever they lie and whenever they came."""
        ...


READERS: dict[str, Reader] = {
    "digits": DigitsReader(),
    "mnist5k": Mnist5kReader(),
    "idx": IdxReader(),
    "npz": NpzReader(),
    "cifar": CifarReader(),
    "folder": FolderReader(),
    "archive": ArchiveReader(),
    "lmdb": LmdbReader(),
    "parquet": ParquetReader(),
}
"""The reader of each ``dataset.kind``."""


def counts(dataset: Dataset) -> Counts:
    """How many images are at ``dataset.path``, and whether they have classes, as far as known.

    Nothing is known of files that are not there, or that reading would refuse.
    """
    if not all(path.exists() for _, path in named(dataset)):
        return Counts()
    reader = READERS[dataset.kind]
    try:
        return reader.counts(dataset)
    except (ConfigError, OSError):
        return Counts()


def problems(experiment: Experiment, count: Count = counts) -> Iterator[str]:
    """What is wrong with the files of an experiment's dataset, and with the number of its images.

    Parameters
    ----------
    experiment : Experiment
    count : function
        What is known of the files at ``path`` of a dataset.

    Yields
    ------
    str
        A line that names the key, its value and the way out.
    """
    dataset = experiment.dataset
    wrong = [*READERS[dataset.kind].problems(dataset), *fetch_problems(dataset)]
    yield from wrong
    if not wrong:
        if dataset.split == "official" and dataset.held_out_path is None:
            known = count(dataset)
            if known.n_images is not None and known.n_official in (None, 0, known.n_images):
                yield no_official_split(str(dataset.path))
        sizes = sizes_of(dataset, count)
        yield from _too_few(experiment, "training", sizes.train)
        yield from _too_few(experiment, "held-out", sizes.held_out)


def _too_few(experiment: Experiment, which: str, n: int | None) -> Iterator[str]:
    """That a split has too few images for what is done with it."""
    if n is None:
        return
    shares = "dataset.held_out" if experiment.dataset.split == "random" else "dataset.path"
    key = f"the number of {which} images ({shares})"
    yield from too_few(key, n, experiment.evaluation.nearest_k)
    if n < experiment.dataset.shards:
        yield (
            f"dataset.shards = {experiment.dataset.shards} is more than the {n} {which} images: "
            "lower it"
        )


def sizes_of(dataset: Dataset, count: Count = counts) -> SplitCounts:
    """How many images each split will have, as far as names and headers tell."""
    found, most = split_counts(dataset, count), dataset.max_images
    if most is None:
        return found
    return SplitCounts(*(n if n is None else min(n, most) for n in (found.train, found.held_out)))


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
    awaited = fetched_files(dataset.fetch) if dataset.fetch else {}

    def found_or_known(path: Path) -> str:
        # A file that is still to be fetched has its owners' content, before and after.
        known = awaited.get(path.as_posix())
        return checksum(path) if known is None or path.exists() else known.sha256

    return READERS[dataset.kind].content(dataset, found_or_known)


def fetch_problems(dataset: Dataset) -> Iterator[str]:
    """That what is fetched is not what is read: a line each."""
    if dataset.fetch is None:
        return
    published = PUBLISHED[dataset.fetch]
    if dataset.kind != published.kind:
        yield (
            f"dataset.kind = {dataset.kind} does not read what dataset.fetch = {dataset.fetch} "
            f"fetches: use dataset.kind: {published.kind}"
        )
    for key, place in places_of(dataset.fetch).items():
        if (given := getattr(dataset, key)) != place:
            yield (
                f"dataset.{key} = {given} is not where dataset.fetch = {dataset.fetch} puts it "
                f"({place}): leave it null, or set dataset.fetch to null"
            )


def open_source(dataset: Dataset) -> Source:
    """The images at ``dataset.path``, listed and not decoded.

    Raises
    ------
    ConfigError
        Files that are unreadable, of another format or without images.
    """
    reader = READERS[dataset.kind]
    return reader.open(dataset)
