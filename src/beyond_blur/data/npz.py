"""Reader of npz files: arrays of images, and maybe labels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from beyond_blur.config import ConfigError, Dataset
from beyond_blur.data.file_reader import FileReader
from beyond_blur.data.npz_file import open_npz
from beyond_blur.storage.opening import shown

if TYPE_CHECKING:
    from beyond_blur.data.source import ArraySource


class NpzReader(FileReader):
    """Images from the array ``images`` of an npz file, labels from its array ``labels``."""

    kind = "npz"

    def open(self, dataset: Dataset) -> ArraySource:
        """The images at ``dataset.path``."""
        assert dataset.path is not None, "problems tells of a dataset without a path"
        return read_npz(Path(dataset.path))


def read_npz(path: Path) -> ArraySource:
    """Read an npz file with ``images`` (uint8; nhw, nhwc or nchw) and maybe ``labels``.

    Raises
    ------
    ConfigError
        One line that names the file: see `beyond_blur.data.npz_file.open_npz`,
        `beyond_blur.data.pixels.as_pixels` and `beyond_blur.data.labels.as_labels`.
    """
    from beyond_blur.data.labels import as_labels
    from beyond_blur.data.pixels import as_pixels
    from beyond_blur.data.source import ArraySource

    with open_npz(path) as file:
        if "images" not in file:
            raise ConfigError(
                f"{shown(path)} holds {file.listing()}: an array named images is needed"
            )
        pixels = as_pixels(file.read("images"), path)
        labels = file.read("labels") if "labels" in file else None
    if labels is not None:
        labels = as_labels(labels, len(pixels), path)
    return ArraySource(pixels, labels)
