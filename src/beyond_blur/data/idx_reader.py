"""Reader of idx files: two for a set, or the folder of the four that MNIST is published as."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from beyond_blur.config import Dataset
from beyond_blur.config.published_sets import fetched_files
from beyond_blur.data.file_reader import Checksum, FileReader, named
from beyond_blur.data.idx import idx_files, read_pair

if TYPE_CHECKING:
    from beyond_blur.data.source import ArraySource


class IdxReader(FileReader):
    """Grey images from an idx file, labels from a second one; or the folder of MNIST's four."""

    kind = "idx"

    def open(self, dataset: Dataset) -> ArraySource:
        """The images at ``dataset.path`` with the labels at ``dataset.labels_path``, if any."""
        assert dataset.path is not None, "problems tells of a dataset without a path"
        if Path(dataset.path).is_dir():
            from beyond_blur.data.idx_folder import read_idx_folder

            return read_idx_folder(Path(dataset.path), labelled=dataset.labels == "auto")
        labels = dataset.labels_path if dataset.labels == "auto" else None
        return read_pair(Path(dataset.path), None if labels is None else Path(labels))

    def content(self, dataset: Dataset, checksum: Checksum) -> dict[str, str]:
        """What names the content of every file, by its key: that of its bytes."""
        awaited = fetched_files(dataset.fetch) if dataset.fetch else {}
        found: dict[str, str] = {}
        for key, path in named(dataset):
            inside = sorted(Path(file) for file in awaited if Path(file).parent == path)
            files = inside or (idx_files(path) if path.is_dir() else [path])
            found |= {
                key if file == path else f"{key}/{file.name}": checksum(file) for file in files
            }
        return found
