"""Reader of LMDBs of encoded pictures, as LSUN is published: a folder, or a zip of it."""

from __future__ import annotations

import io
import shutil
import tempfile
import weakref
import zipfile
import zlib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from beyond_blur.config import ConfigError, Dataset
from beyond_blur.data.file_reader import Checksum, FileReader, named
from beyond_blur.data.folder_layout import Layout
from beyond_blur.data.known_files import truncation
from beyond_blur.data.listing import Listing
from beyond_blur.data.pictures import BEGINNINGS
from beyond_blur.data.recognition import LMDB_DATA
from beyond_blur.storage.foreign import kind_of_bytes
from beyond_blur.storage.opening import in_words, open_file, shown
from beyond_blur.storage.sizes import in_bytes

if TYPE_CHECKING:
    from beyond_blur.data.packed import PackedSource


OPEN: weakref.WeakValueDictionary[Path, Any] = weakref.WeakValueDictionary()
"""Databases by their data files, as long as a source has them: LMDB opens none twice."""


class LmdbReader(FileReader):
    """The values of an LMDB that are pictures, in the order of their keys; there are no classes."""

    kind = "lmdb"
    package = "lmdb"

    def open(self, dataset: Dataset) -> PackedSource:
        """The pictures in the LMDB at ``dataset.path``."""
        from beyond_blur.data.packed import open_packed

        assert dataset.path is not None, "problems tells of a dataset without a path"
        self.check_package()
        path = Path(dataset.path)
        database = open_database(path)
        keys, listing = _pictures(database, path)

        def value(number: int) -> BinaryIO:
            with database.begin() as reading:
                return io.BytesIO(reading.get(keys[number]) or b"")

        layout = Layout(listing.names)
        return open_packed(listing, layout, range(len(keys)), value, dataset)

    def content(self, dataset: Dataset, checksum: Checksum) -> dict[str, str]:
        """What names the content of every LMDB: that of its data file, or of its zip."""
        return {key: checksum(_file_of(path)) for key, path in named(dataset)}


def open_database(path: Path) -> Any:
    """An LMDB, read-only and without a lock file.

    Parameters
    ----------
    path : path
        Its folder, its data file, or a zip of either.

    Raises
    ------
    ConfigError
        One line that names it: truncated, damaged, or without room to unpack it.
    """
    if not path.is_dir():
        with open_file(path) as file:
            packed = file.read(2) == b"PK"
        if packed:
            with tempfile.TemporaryDirectory(prefix="beyond_blur-") as folder:
                # What is open stays readable when the folder goes.
                return _open(_unpacked(path, Path(folder) / LMDB_DATA), path)
    return _open(_file_of(path), path)


def _file_of(path: Path) -> Path:
    return path / LMDB_DATA if path.is_dir() else path


def _open(file: Path, path: Path) -> Any:
    """The LMDB of a data file; ``path`` is for messages."""
    import lmdb

    file = file.resolve()
    if (opened := OPEN.get(file)) is not None:
        return opened
    try:
        database = lmdb.open(
            str(file), subdir=False, readonly=True, lock=False, readahead=False, create=False
        )
        stated = (database.info()["last_pgno"] + 1) * database.stat()["psize"]
    except (lmdb.Error, OSError, ValueError) as error:
        raise ConfigError(
            f"{shown(path)} cannot be opened as an LMDB ({in_words(error)}): it is damaged, or was "
            "made on a machine of another kind"
        ) from error
    size = file.stat().st_size
    if size < stated:  # reading beyond its end would end the process
        database.close()
        raise ConfigError(
            f"{shown(path)} is truncated, {size:,} of {stated:,} bytes: download it again"
        )
    OPEN[file] = database
    return database


def _unpacked(path: Path, place: Path) -> Path:
    """The data file in a zip, written to ``place``."""
    try:
        with zipfile.ZipFile(path) as archive:
            inside = [one for one in archive.infolist() if Path(one.filename).name == LMDB_DATA]
            if len(inside) != 1:
                raise ConfigError(f"{shown(path)} holds {len(inside)} files {LMDB_DATA}, not one")
            free = shutil.disk_usage(place.parent).free
            if inside[0].file_size > free:
                raise ConfigError(
                    f"{shown(path)} is unpacked to {place.parent.parent} to be read, which has "
                    f"{in_bytes(free)} of the {in_bytes(inside[0].file_size)} needed: unpack it "
                    "and give its folder, or set TMPDIR to a larger disk"
                )
            with archive.open(inside[0]) as packed, place.open("wb") as file:
                shutil.copyfileobj(packed, file, 2**20)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
        cut = truncation(path) or f"truncated or damaged ({in_words(error)}): download it again"
        raise ConfigError(f"{shown(path)} is {cut}") from error
    return place


def _pictures(database: Any, path: Path) -> tuple[list[bytes], Listing]:
    """The keys of all values that begin as pictures; the others are counted."""
    keys, others = list[bytes](), Counter[str]()
    with database.begin(buffers=True) as reading:
        for key, value in reading.cursor():
            head = bytes(value[:16])
            if BEGINNINGS.match(head):
                keys.append(bytes(key))
            else:
                others[kind_of_bytes(bytes(value[:512]))] += 1
    names = [key.decode("ascii", "backslashreplace") for key in keys]
    return keys, Listing(path, names, others=others)
