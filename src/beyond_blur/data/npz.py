"""Reader of npz files: arrays of images, and maybe labels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from beyond_blur.config import Dataset
from beyond_blur.data.file_reader import FileReader
from beyond_blur.data.npz_file import open_npz

if TYPE_CHECKING:
    from beyond_blur.data.source import ArraySource


class NpzReader(FileReader):
    """Images from an npz file's array ``images``, labels from its array ``labels``."""

    kind = "npz"

    def open(self, dataset: Dataset) -> ArraySource:
        """The images at ``dataset.path``."""
        assert dataset.path is not None, "problems tells of a dataset without a path"
        return read_npz(Path(dataset.path), labelled=dataset.labels == "auto")


def read_npz(path: Path, *, labelled: bool = True) -> ArraySource:
    """Read an npz file with ``images`` (uint8; nhw, nhwc or nchw) and maybe ``labels``.

    Raises
    ------
    ConfigError
        One line that names the file: see `beyond_blur.data.npz_file.open_npz`,
        `beyond_blur.data.pixels.as_pixels` and `beyond_blur.data.labels.as_labels`.
    """
    from beyond_blur.data.labels import as_labels
    from beyond_blur.data.source import ArraySource

    with open_npz(path) as file:
        pixels = file.images()
        labels = file.read("labels") if labelled and "labels" in file else None
    if labels is not None:
        labels = as_labels(labels, len(pixels), path)
    return ArraySource(pixels, labels)
