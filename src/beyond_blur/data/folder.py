"""Reader of folders of image files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from beyond_blur.config import Dataset
from beyond_blur.data import recognition
from beyond_blur.data.counts import Counts
from beyond_blur.data.file_reader import Checksum, FileReader, named
from beyond_blur.data.folder_layout import Layout, counts_of, layout_of
from beyond_blur.data.folder_remarks import without_images
from beyond_blur.data.listing import Listing, fingerprint, list_folder

if TYPE_CHECKING:
    import numpy as np

    from beyond_blur.data.readable_pictures import Asked

WAY_OUT = "remove or mend them"


class FolderReader(FileReader):
    """Every picture below a folder; its folders are the classes, or the owners' split."""

    kind = "folder"

    def open(self, dataset: Dataset) -> FolderSource:
        """The pictures below ``dataset.path``."""
        from beyond_blur.data.readable_pictures import Asked

        assert dataset.path is not None, "problems tells of a dataset without a path"
        listing = list_folder(dataset.path)
        layout = layout_of(listing.names, labelled=dataset.labels == "auto")
        way_out = f"{WAY_OUT}, or leave them out by dataset.unreadable: skip"
        skip = dataset.unreadable == "skip"
        return open_folder(listing, layout, Asked(skip, dataset.size, dataset.channels, way_out))

    def path_problems(self, key: str, path: Path) -> Iterator[str]:
        """A file, or a folder without images."""
        if not path.is_dir():
            known = list(recognition.problems(key, path, self.kind))
            yield from known or [f"{key} = {path} is a file; dataset.kind = folder needs a folder"]
            return
        listing = list_folder(path, until_found=True)
        if not listing.names:
            known = list(recognition.problems(key, path, self.kind))
            yield from known or [f"{key} = {without_images(listing)}"]

    def counts(self, dataset: Dataset) -> Counts:
        """What the names of its pictures and folders tell."""
        assert dataset.path is not None, "problems tells of a dataset without a path"
        names = list_folder(dataset.path).names
        return counts_of(layout_of(names, labelled=dataset.labels == "auto"))

    def content(self, dataset: Dataset, checksum: Checksum) -> dict[str, str]:
        """What names the listing of every folder, whose images may be a hundred thousand.

        An image that is added, removed, renamed or overwritten is seen.
        """
        return {key: fingerprint(path) for key, path in named(dataset)}


@dataclass(frozen=True)
class FolderSource:
    """Picture files; see `beyond_blur.data.source.Source`.

    Attributes
    ----------
    files : sequence of path
    sizes : sequence of (int, int)
        Width and height of each, as it is read.
    labels, classes, held_out, remarks
        As in `Source`.
    """

    files: Sequence[Path]
    sizes: Sequence[tuple[int, int]]
    labels: np.ndarray | None = None
    classes: tuple[str, ...] | None = None
    held_out: np.ndarray | None = None
    remarks: Sequence[str] = ()

    def __len__(self) -> int:
        """The number of images."""
        return len(self.files)

    def name(self, row: int) -> str:
        """The path of an image."""
        return str(self.files[row])

    def read(self, row: int) -> np.ndarray:
        """One image as uint8 of shape (h, w, c)."""
        from beyond_blur.data.picture_values import read_picture

        return read_picture(self.files[row])


def open_folder(listing: Listing, layout: Layout, asked: Asked) -> FolderSource:
    """The pictures of a folder, each known by its header.

    Parameters
    ----------
    listing : Listing
        Of the folder.
    layout : Layout
        What is read of it, and as what.
    asked : Asked
        What is asked of the pictures.

    Raises
    ------
    ConfigError
        No pictures, or one line that names all that cannot be read.
    """
    from beyond_blur.data.picture_headers import read_headers
    from beyond_blur.data.readable_pictures import readable

    headers, unreadable = read_headers([listing.folder / name for name in layout.names])
    found = readable(listing, layout, headers, unreadable, asked)
    files = [listing.folder / layout.names[row] for row in found.rows]
    return FolderSource(
        files, found.sizes, found.labels, found.classes, found.held_out, found.remarks
    )
