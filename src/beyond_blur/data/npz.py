"""Reader of npz files: arrays of images, and maybe labels."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from beyond_blur.config import ConfigError, Dataset
from beyond_blur.data.file_reader import FileReader

if TYPE_CHECKING:
    from beyond_blur.data.images import Images


class NpzReader(FileReader):
    """Images from the array ``images`` of an npz file, labels from its array ``labels``."""

    def read(self, dataset: Dataset) -> Images:
        """The images at ``dataset.path``."""
        assert dataset.path is not None, "problems tells of a dataset without a path"
        return read_npz(Path(dataset.path))


def read_npz(path: Path) -> Images:
    """Read an npz file with ``images`` (uint8; nhw, nhwc or nchw) and maybe ``labels``."""
    from beyond_blur.data.images import as_images
    from beyond_blur.data.pixels import as_pixels

    with open_npz(path) as file:
        if "images" not in file:
            raise ConfigError(f"{path} holds {sorted(file)}: an array named images is needed")
        images, labels = file["images"], file.get("labels")
    return as_images(as_pixels(images, path), labels)


@contextmanager
def open_npz(path: Path) -> Iterator[Any]:
    """The arrays of an npz file by name, each read when it is asked for.

    Raises
    ------
    ConfigError
        Where the file cannot be read, when it is opened or when an array of it is asked for.
    """
    import numpy as np

    try:
        with np.load(path, allow_pickle=False) as file:
            yield file
    except ConfigError:
        raise
    except (zipfile.BadZipFile, EOFError, ValueError) as error:
        raise ConfigError(f"{path} is truncated or not an npz file of plain arrays") from error
