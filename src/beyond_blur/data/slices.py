"""Many small files that lie one after another in a large one, each read by itself.

Of archives that can only be read from their beginning, what is wanted is first copied to a file
without a name in the temporary folder, which is gone with the process.
"""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, cast

from beyond_blur.config import ConfigError
from beyond_blur.storage.opening import shown
from beyond_blur.storage.sizes import in_bytes
from beyond_blur.storage.system_errors import reason

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BLOCK = 2**20
"""Bytes that are copied at a time."""

SPARED = 2**28
"""Bytes of the temporary folder that are left free."""


class Slices:
    """Parts of a file, which any number of threads may read at the same time.

    Parameters
    ----------
    file : binary file
        Kept open.
    places : sequence of (int, int)
        Where each part begins, and its bytes.
    """

    def __init__(self, file: IO[bytes], places: Sequence[tuple[int, int]]) -> None:
        self.file, self.places = file, places

    def open(self, number: int) -> BinaryIO:
        """One part as a binary file."""
        start, size = self.places[number]
        return cast(BinaryIO, io.BufferedReader(_Window(self.file, start, size)))


class Spool:
    """A file without a name that parts are added to.

    Parameters
    ----------
    path : path
        What the parts are from, for messages.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.places = path, list[tuple[int, int]]()
        self.file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (as long as its slices)
        self.end = 0

    def add(self, stream: IO[bytes], size: int) -> None:
        """Copy the next ``size`` bytes of a stream.

        Raises
        ------
        ConfigError
            Where the temporary folder has no room for them.
        """
        free = shutil.disk_usage(tempfile.gettempdir()).free
        if size > free - SPARED:
            raise self._no_room(f"{in_bytes(free)} are free")
        self.places.append((self.end, size))
        try:
            while size > 0 and (block := stream.read(min(size, BLOCK))):
                self.file.write(block)
                self.end += len(block)
                size -= len(block)
        except OSError as error:
            if error.errno is None:  # of the stream, and not of the system
                raise
            raise self._no_room(reason(error)) from error

    def slices(self) -> Slices:
        """What was added."""
        self.file.flush()
        return Slices(self.file, self.places)

    def _no_room(self, why: str) -> ConfigError:
        return ConfigError(
            f"{shown(self.path)} is copied to {tempfile.gettempdir()} to be read, which has no "
            f"room for it ({why}): unpack it by hand, or set TMPDIR to a larger disk"
        )


class _Window(io.RawIOBase):
    """One part of a file, read at its own place and never at the file's."""

    def __init__(self, file: IO[bytes], start: int, size: int) -> None:
        self.whole, self.start, self.size, self.at = file, start, size, 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Fill a buffer as far as there are bytes left."""
        view = memoryview(buffer).cast("B")
        wanted = max(min(len(view), self.size - self.at), 0)
        found = os.pread(self.whole.fileno(), wanted, self.start + self.at)
        view[: len(found)] = found
        self.at += len(found)
        return len(found)

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Go to another place in it."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self.at, os.SEEK_END: self.size}[whence]
        self.at = max(base + offset, 0)
        return self.at
