"""The pictures in a zip or a tar: their names, and how each is opened.

Nothing is unpacked into a folder, so that no name in an archive leads anywhere.
"""

from __future__ import annotations

import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, BinaryIO, cast

from beyond_blur.config import ConfigError
from beyond_blur.data.known_files import truncation
from beyond_blur.data.listing import ARCHIVED_FORKS, Listing
from beyond_blur.data.pictures import SUFFIXES
from beyond_blur.data.slices import Slices, Spool
from beyond_blur.storage.opening import in_words, open_file, shown

if TYPE_CHECKING:
    from beyond_blur.data.packed import Opener

LABELS = "dataset.json"
"""What EDM and StyleGAN call the list of labels in their archives."""

LARGEST = 2**30
"""Bytes of one encoded picture, or of the list of labels, at most."""

ENCRYPTED = 0x1
"""Flag of a member of a zip."""

DAMAGE = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, tarfile.TarError, zlib.error, EOFError),
    lzma.LZMAError,
    *(OSError, ValueError, NotImplementedError, RuntimeError),
)
"""What zipfile and tarfile raise at archives that are damaged or made to mislead."""


@dataclass
class Members:
    """What an archive holds.

    Attributes
    ----------
    listing : Listing
        Its folder is the archive's path, its names are those of the pictures.
    numbers : dict of str to int
        What ``opener`` knows each picture by.
    opener : function, optional
    labels : bytes, optional
        The content of the file `LABELS`.
    """

    listing: Listing
    numbers: dict[str, int] = field(default_factory=dict)
    opener: Opener | None = None
    labels: bytes | None = None

    def takes(self, name: str, size: int) -> bool:
        """Whether a file of this name is a picture to be read; if not, it is counted."""
        parts = PurePosixPath(name).parts
        suffix = PurePosixPath(name).suffix.lower()
        if any(part.startswith(".") or part == ARCHIVED_FORKS for part in parts):
            self.listing.hidden_files += 1
        elif suffix not in SUFFIXES:
            self.listing.others[suffix or "no suffix"] += 1
        elif size > LARGEST:
            self.listing.lost.append((name, f"has {size:,} bytes, more than a picture"))
        else:
            return True
        return False

    def ended(self, opener: Opener) -> Members:
        """The same, its pictures in the order of their folders and names."""
        self.listing.names = sorted(self.numbers, key=lambda name: name.split("/"))
        self.opener = opener
        return self


def members_of(path: Path) -> Members:
    """The pictures in an archive.

    Raises
    ------
    ConfigError
        One line that names it: truncated, damaged, or no archive.
    """
    with open_file(path) as file:
        head = file.read(4)
    with _explained(path):
        if head[:2] == b"PK":
            return _of_zip(path)
        return _of_packed_tar(path) if head[:2] in (b"\x1f\x8b", b"BZ", b"\xfd7") else _of_tar(path)


def _of_zip(path: Path) -> Members:
    # Given as an open file, it is read by several threads without being closed by one of them.
    archive = zipfile.ZipFile(path.open("rb"))
    found, infos = Members(Listing(path)), archive.infolist()
    for number, info in enumerate(infos):
        if info.is_dir():
            continue
        if PurePosixPath(info.filename).name == LABELS and info.file_size <= LARGEST:
            found.labels = archive.read(info)
        elif found.takes(info.filename, info.file_size):
            if info.flag_bits & ENCRYPTED:
                found.listing.lost.append((info.filename, "is encrypted"))
            else:
                found.numbers[info.filename] = number
    return found.ended(lambda number: cast(BinaryIO, archive.open(infos[number])))


def _of_tar(path: Path) -> Members:
    """Of a tar that is not packed, whose pictures are read where they lie."""
    file, found = path.open("rb"), Members(Listing(path))
    places: list[tuple[int, int]] = []
    with tarfile.open(fileobj=file, mode="r:") as archive:
        for member in _files(archive, found):
            found.numbers[member.name] = len(places)
            places.append((member.offset_data, member.size))
        last = max(archive.getmembers(), key=lambda one: one.offset, default=None)
        if last is not None:
            size = 0 if last.islnk() or last.issym() else last.size
            file.seek(last.offset_data + -(-size // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE)
            if file.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
                # tarfile takes a header that is cut off for the end.
                raise EOFError("no end of the archive")
    return found.ended(Slices(file, places).open)


def _of_packed_tar(path: Path) -> Members:
    """Of a tar that has to be unpacked from its beginning to its end, once."""
    spool, found = Spool(path), Members(Listing(path))
    with tarfile.open(path, mode="r|*") as archive:
        for member in _files(archive, found):
            found.numbers[member.name] = len(spool.places)
            spool.add(_stream(archive, member), member.size)
    return found.ended(spool.slices().open)


def _files(archive: tarfile.TarFile, found: Members) -> Iterator[tarfile.TarInfo]:
    """The pictures of a tar, one after the other; the list of labels is kept on the way."""
    for member in archive:
        if not member.isfile() or member.issparse():
            if not member.isdir():
                found.listing.others["links and devices"] += 1
        elif PurePosixPath(member.name).name == LABELS and member.size <= LARGEST:
            found.labels = _stream(archive, member).read()
        elif found.takes(member.name, member.size):
            yield member


def _stream(archive: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    stream = archive.extractfile(member)
    assert stream is not None, "it is a file"
    return stream


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """What libraries raise at an archive, as one line that names it."""
    try:
        yield
    except ConfigError:
        raise
    except DAMAGE as error:
        cut = truncation(path) or f"truncated or damaged ({in_words(error)}): download it again"
        raise ConfigError(f"{shown(path)} is {cut}") from error
