"""Reader of idx files: two for a set, or the folder of the four that MNIST is published as."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from beyond_blur.config import Dataset
from beyond_blur.config.published_sets import fetched_files
from beyond_blur.data.counts import Counts
from beyond_blur.data.file_reader import Checksum, FileReader, named
from beyond_blur.data.idx import by_part, idx_files, read_pair, stated_shape

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

    def counts(self, dataset: Dataset) -> Counts:
        """What the headers of the files of images tell, and whether all have labels beside them."""
        assert dataset.path is not None, "problems tells of a dataset without a path"
        path, asked = Path(dataset.path), dataset.labels == "auto"
        if not path.is_dir():
            return Counts(stated_shape(path)[0], asked and dataset.labels_path is not None)
        files = by_part(path)
        sizes = {
            part: stated_shape(file)[0] for (part, what), file in files.items() if what == "images"
        }
        labelled = all((part, "labels") in files for part in sizes)
        return Counts(sum(sizes.values()) or None, asked and labelled, sizes.get("t10k"))

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
