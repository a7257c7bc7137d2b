"""Files in the idx format, that of MNIST and Fashion-MNIST.

The header is read first, and of what follows no more than it states: a few compressed bytes can
unpack to gigabytes.
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from beyond_blur.config import ConfigError
from beyond_blur.data.memory import check_fits
from beyond_blur.data.recognition import IDX_NAME
from beyond_blur.storage.foreign import kind_of_bytes
from beyond_blur.storage.opening import open_file, shown

if TYPE_CHECKING:
    import numpy as np

    from beyond_blur.data.source import ArraySource

MAX_AXES = 4
"""Axes of an array of images: number, height, width and maybe channels."""


def idx_files(folder: Path) -> list[Path]:
    """MNIST's files in a folder, or Fashion-MNIST's, by what they are called."""
    return sorted(file for file in folder.iterdir() if IDX_NAME.fullmatch(file.name))


def by_part(folder: Path) -> dict[tuple[str, str], Path]:
    """MNIST's files by part (train, t10k) and content; of one that is there twice, the packed."""
    found = {}
    for file in idx_files(folder):
        match = IDX_NAME.fullmatch(file.name)
        assert match is not None, "idx_files goes by these names"
        found[match[1], match[2]] = file  # sorted: the name with .gz comes last
    return found


def stated_shape(path: Path) -> tuple[int, ...]:
    """The shape that an idx file's header states; no more of the file is read.

    Raises
    ------
    ConfigError
        As `read_idx`.
    """
    with _unpacked(path) as stream:
        return _read_shape(stream, path)


def read_pair(path: Path, labels_path: Path | None) -> ArraySource:
    """Images from one idx file, labels from another.

    Raises
    ------
    ConfigError
        As `read_idx`, and for other than three axes, or labels that are not theirs.
    """
    from beyond_blur.data.labels import as_labels
    from beyond_blur.data.source import ArraySource

    pixels = read_idx(path)
    if pixels.ndim != 3:
        raise ConfigError(
            f"{shown(path)} has shape {pixels.shape}: an idx file of images has three axes"
        )
    if labels_path is None:
        return ArraySource(pixels[:, None])
    return ArraySource(pixels[:, None], as_labels(read_idx(labels_path), len(pixels), labels_path))


def read_idx(path: Path) -> np.ndarray:
    """Read an idx file, gzipped or not.

    Returns
    -------
    uint8 array, of the shape that the file's header states

    Raises
    ------
    ConfigError
        One line that names the file: no idx file of bytes, one without values, one that holds
        fewer or more than its header states, or one that states more than fits into memory.
    """
    import numpy as np

    with _unpacked(path) as stream:
        shape, content = _read_stream(stream, path)
    return np.frombuffer(content, np.uint8).reshape(shape)


@contextmanager
def _unpacked(path: Path) -> Iterator[BinaryIO | gzip.GzipFile]:
    """The content of a file, gzipped or not."""
    with open_file(path) as file:
        packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        try:
            if packed:
                with gzip.open(file) as stream:
                    yield stream
            else:
                yield file
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise ConfigError(
                f"{shown(path)} is truncated or damaged gzip: download it again"
            ) from error
        except MemoryError as error:
            raise ConfigError(
                f"{shown(path)} does not fit into memory: use fewer images"
            ) from error


def _read_stream(stream: BinaryIO | gzip.GzipFile, path: Path) -> tuple[tuple[int, ...], bytes]:
    """The shape in an idx file's header, and exactly as many bytes after it."""
    shape = _read_shape(stream, path)
    n_values = math.prod(shape)
    stated = f"{shown(path)} says {' x '.join(map(str, shape))}"
    if n_values == 0:
        raise ConfigError(f"{stated}: it holds no values; give another file")
    check_fits(n_values, path)
    content = stream.read(n_values + 1)
    if len(content) > n_values:
        raise ConfigError(f"{stated} but holds more values: it is damaged, download it again")
    if len(content) < n_values:
        raise ConfigError(
            f"{stated} but holds {len(content)} values: it is truncated, download it again"
        )
    return shape, content


def _read_shape(stream: BinaryIO | gzip.GzipFile, path: Path) -> tuple[int, ...]:
    """The shape that an idx file's header states."""
    magic = stream.read(4)
    if len(magic) < 4 or magic[:3] != b"\x00\x00\x08":
        kind = kind_of_bytes(magic + stream.read(508))
        raise ConfigError(
            f"{shown(path)} is not an idx file of bytes (its first bytes are not 00 00 08; it is "
            f"{kind}): give the file that was downloaded, gzipped or not"
        )
    n_axes = magic[3]
    if not 1 <= n_axes <= MAX_AXES:
        raise ConfigError(
            f"{shown(path)} says that it has {n_axes} axes; an idx file of images has three, of "
            "labels one: it is damaged or another file"
        )
    sizes = stream.read(4 * n_axes)
    if len(sizes) < 4 * n_axes:
        raise ConfigError(f"{shown(path)} is truncated within its header: download it again")
    return struct.unpack(f">{n_axes}I", sizes)
