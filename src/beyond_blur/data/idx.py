"""Reader of idx files, the format of MNIST and Fashion-MNIST."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import TYPE_CHECKING

from beyond_blur.config import ConfigError, Dataset
from beyond_blur.data.file_reader import FileReader

if TYPE_CHECKING:
    import numpy as np

    from beyond_blur.data.images import Images


class IdxReader(FileReader):
    """Grey images from an idx file, labels from a second one."""

    def read(self, dataset: Dataset) -> Images:
        """The images at ``dataset.path`` with the labels at ``dataset.labels_path``, if any."""
        from beyond_blur.data.images import as_images

        assert dataset.path is not None, "problems tells of a dataset without a path"
        pixels = read_idx(Path(dataset.path))
        if pixels.ndim != 3:
            raise ConfigError(
                f"{dataset.path} has shape {pixels.shape}: an idx file of images has three axes"
            )
        labels = None if dataset.labels_path is None else read_idx(Path(dataset.labels_path))
        return as_images(pixels[:, None], labels)


def read_idx(path: Path) -> np.ndarray:
    """Read an idx file, gzipped or not.

    Returns
    -------
    uint8 array, of the shape that the file's header states

    Raises
    ------
    ConfigError
        Not an idx file of bytes, or one that ends early.
    """
    import numpy as np

    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rb") as file:
            content = file.read()
    except (EOFError, gzip.BadGzipFile) as error:
        raise ConfigError(f"{path} is truncated or not gzip: download it again") from error
    if len(content) < 4 or content[:3] != b"\x00\x00\x08":
        raise ConfigError(f"{path} is not an idx file of bytes (its first bytes are not 00 00 08)")
    n_axes = content[3]
    shape = tuple(np.frombuffer(content, ">u4", n_axes, 4).tolist())
    values = np.frombuffer(content, np.uint8, offset=4 + 4 * n_axes)
    if values.size != int(np.prod(shape)):
        raise ConfigError(f"{path} says {shape} but holds {values.size} values: it is truncated")
    return values.reshape(shape)
