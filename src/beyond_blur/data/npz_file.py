"""The arrays of an npz file, each checked by its header before it is unpacked.

`numpy.load` allocates whatever a header claims. Here a header must agree with the zip's own record
of the array's size, that one with the bytes that are there, and both with the memory that is free.
"""

from __future__ import annotations

import math
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from beyond_blur.config import ConfigError
from beyond_blur.data.memory import check_fits
from beyond_blur.storage.foreign import kind_of
from beyond_blur.storage.opening import open_file, shown

if TYPE_CHECKING:
    import numpy as np

HIGHEST_RATIO = 1032
"""Deflate packs no more bytes than that into one."""

METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Compressions that NumPy writes."""

ENCRYPTED = 0x1
"""Flag of a member of a zip."""

ARRAYS = ("images", "samples", "arr_0")
"""Names under which images are looked for in a file; arr_0 is what ``np.savez`` calls them."""

SHOWN_NAMES = 5
"""Names of arrays in a message; a zip of pictures holds 70,000."""

DAMAGE = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, tokenize.TokenError),
    *(EOFError, OSError, ValueError, TypeError, KeyError, SyntaxError, OverflowError),
    *(NotImplementedError, RuntimeError),
)
"""What zipfile and NumPy raise at files that are damaged or made to mislead."""


@dataclass(frozen=True)
class NpzFile:
    """An open npz file.

    Attributes
    ----------
    path : path
    archive : ZipFile
    """

    path: Path
    archive: zipfile.ZipFile

    def __contains__(self, name: str) -> bool:
        return f"{name}.npy" in self.archive.NameToInfo

    def listing(self) -> str:
        """The names of what the file holds, the first few of them, in one line."""
        names = sorted(name.removesuffix(".npy") for name in self.archive.NameToInfo)
        more = len(names) - SHOWN_NAMES
        rest = f" and {more:,} more" if more > 0 else ""
        return f"{names[:SHOWN_NAMES]}{rest}"

    def images(self) -> np.ndarray:
        """The images, whichever of `ARRAYS` they are called.

        Returns
        -------
        uint8 array, shape (n, c, h, w), c = 1 or 3

        Raises
        ------
        ConfigError
            None of these names, or as `read` and `beyond_blur.data.pixels.as_pixels`.
        """
        from beyond_blur.data.pixels import as_pixels

        name = next((name for name in ARRAYS if name in self), None)
        if name is None:
            raise ConfigError(
                f"{shown(self.path)} holds no images: an array named {', '.join(ARRAYS)} is "
                f"needed, not {self.listing()}"
            )
        return as_pixels(self.read(name), self.path)

    def read(self, name: str) -> np.ndarray:
        """The array called ``name``.

        Raises
        ------
        ConfigError
            Naming file and array: encrypted, packed otherwise than NumPy does, an array of Python
            objects (a pickle), or of another size than its header states.
        """
        import numpy as np

        info = self.archive.NameToInfo[f"{name}.npy"]
        at = f"{shown(self.path)}: array {name}"
        if info.flag_bits & ENCRYPTED:
            raise ConfigError(f"{at} is encrypted: save the file without a password")
        if info.compress_type not in METHODS:
            raise ConfigError(f"{at} is packed otherwise than NumPy does: save it by np.savez")
        try:
            with self.archive.open(info) as stream:
                n_bytes = _stated_bytes(stream, at)
                _check_size(info, stream.tell() + n_bytes, at)
                check_fits(n_bytes, self.path)
            with self.archive.open(info) as stream:
                return np.asarray(np.lib.format.read_array(stream, allow_pickle=False))
        except ConfigError:
            raise
        except MemoryError as error:
            raise ConfigError(f"{at} does not fit into memory: use fewer images") from error
        except DAMAGE as error:
            raise ConfigError(f"{at} is truncated or damaged: save the file again") from error


def _stated_bytes(stream: IO[bytes], at: str) -> int:
    """Bytes of an array by its own header."""
    from numpy.lib import format as npy

    version = npy.read_magic(stream)
    if version not in ((1, 0), (2, 0)):
        raise ConfigError(f"{at} is of no version of the npy format that plain arrays have")
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, _, dtype = read(stream)
    if dtype.hasobject:
        raise ConfigError(
            f"{at} holds Python objects (a pickle), which can run any code: save plain numbers"
        )
    if min(shape, default=0) < 0:
        raise ValueError("a negative size")
    return int(math.prod(shape)) * dtype.itemsize


def _check_size(info: zipfile.ZipInfo, stated: int, at: str) -> None:
    """Refuse an array of another size than its header states, or than can be in its bytes."""
    packed = info.compress_size * (1 if info.compress_type == zipfile.ZIP_STORED else HIGHEST_RATIO)
    if stated != info.file_size or stated > packed:
        raise ConfigError(
            f"{at} says that it has {stated:,} bytes, the zip has "
            f"{min(info.file_size, packed):,}: it is truncated or damaged, save the file again"
        )


def _check_names(archive: zipfile.ZipFile) -> None:
    """Check that each array is called the same in the zip's directory and at its own place.

    Else an array whose name is damaged in the directory would be missing without a word.
    """
    for info in archive.infolist():
        if not info.flag_bits & ENCRYPTED:
            archive.open(info).close()


@contextmanager
def open_npz(path: Path) -> Iterator[NpzFile]:
    """The arrays of an npz file by name, each read when it is asked for.

    Raises
    ------
    ConfigError
        One line that names the file, where it is no npz file.
    """
    with open_file(path) as file:
        try:
            if file.read(2) != b"PK":
                raise zipfile.BadZipFile("something stands before the archive")
            archive = zipfile.ZipFile(file)
            _check_names(archive)
        except DAMAGE as error:
            raise ConfigError(
                f"{shown(path)} is truncated or not an npz file of plain arrays (it is "
                f"{kind_of(path)}): save it by np.savez"
            ) from error
        with archive:
            yield NpzFile(Path(path), archive)
