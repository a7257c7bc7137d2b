"""What readers of files share: the files that a dataset names, and whether they are there."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path

from beyond_blur.config import ConfigError, Dataset
from beyond_blur.config.options import PLACES
from beyond_blur.config.published_sets import fetched_files
from beyond_blur.data import recognition
from beyond_blur.data.counts import Counts

Checksum = Callable[[Path], str]
"""sha256 of a file's bytes, see `storage.file_checksums`."""


class FileReader:
    """Base of readers of files; a reader adds ``kind`` and ``open``.

    Attributes
    ----------
    kind : str
        The ``dataset.kind`` that it reads.
    package : str
        What has to be installed beside this package's own dependencies; empty for nothing.
    """

    kind: str
    package = ""

    def problems(self, dataset: Dataset) -> Iterator[str]:
        """What is wrong with the files that a dataset names, before anything starts: a line each.

        The key, the path and what is wrong with it.
        """
        if dataset.path is None:
            yield (
                f"dataset.path is missing: dataset.kind = {dataset.kind} reads files; name them "
                "(docs/datasets.md)"
            )
        yield from self._lacking()
        awaited = set(fetched_files(dataset.fetch)) if dataset.fetch else set()
        for key, path in named(dataset):
            if not path.exists():
                if not any(Path(file).is_relative_to(path) for file in awaited):
                    yield f"{key} = {path} does not exist"
            else:
                yield from self.path_problems(key, path)
        ours, held_out = dataset.path, dataset.held_out_path
        if ours and held_out and Path(ours).resolve() == Path(held_out).resolve():
            yield (
                f"dataset.held_out_path = {held_out} is dataset.path: held-out images would be "
                "training images; name other files, or give dataset.held_out a share"
            )

    def counts(self, dataset: Dataset) -> Counts:
        """Unknown, where a reader does not say more."""
        return Counts()

    def check_package(self) -> None:
        """Refuse to go on without the package that the reader needs.

        Raises
        ------
        ConfigError
            Naming it.
        """
        for line in self._lacking():
            raise ConfigError(line)

    def _lacking(self) -> Iterator[str]:
        if self.package and importlib.util.find_spec(self.package) is None:
            yield (
                f"dataset.kind = {self.kind} needs the package {self.package}: "
                f"pip install {self.package}"
            )

    def path_problems(self, key: str, path: Path) -> Iterator[str]:
        """Why what is there cannot be read, by what it is and not by what it holds."""
        yield from recognition.problems(key, path, self.kind)

    def content(self, dataset: Dataset, checksum: Checksum) -> dict[str, str]:
        """What names the content of every file, by its key: that of its bytes."""
        return {key: checksum(path) for key, path in named(dataset)}


def named(dataset: Dataset) -> Iterator[tuple[str, Path]]:
    """The keys of a dataset that name a path, dotted, and the paths."""
    for key in PLACES:
        path = getattr(dataset, key)
        if path is not None:
            yield f"dataset.{key}", Path(path)
