"""What a path is by its content: which kind of dataset reads it, or what it is instead.

Nothing is decoded, and of archives only what stands first or in their lists is looked at: the
workflow asks each time it is parsed.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from beyond_blur.config.options import DatasetKind
from beyond_blur.data.pictures import SUFFIXES
from beyond_blur.storage import foreign
from beyond_blur.storage.opening import shown

IDX_NAME = re.compile(r"(train|t10k)-(images|labels)[-.]idx[13]-ubyte(\.gz)?")
"""What MNIST's and Fashion-MNIST's files are called, as they are published or unpacked."""

BATCH = re.compile(r"(data_batch_[1-5]|test_batch)(\.bin)?")
"""What CIFAR-10's files of images are called."""

RECORD = 1 + 3 * 32 * 32
"""Bytes of an image of CIFAR-10's binary files: a label, then red, green and blue."""

LMDB_DATA = "data.mdb"

LMDB_MAGIC = b"\xde\xc0\xef\xbe"
"""What stands at byte 16 of an LMDB's data file on the machines that it is made on."""

LOOKED_AT = 64
"""Members of a tar that are looked at; all that follows would have to be unpacked."""

WAYS_OUT: tuple[tuple[str, str], ...] = (
    ("a .npy array", "save it by np.savez(PATH, images=array) for dataset.kind: npz"),
    ("a Python pickle", "it could run any code and is not opened: save its images by np.savez"),
    ("a web page", "the server sent this in place of the file: download it again"),
    ("a pointer of Git LFS", "fetch the file itself by git lfs pull"),
    ("images of this workflow", "they are prepared already: evaluate and explore take them"),
    ("a safetensors file", "it holds no pictures for a dataset: save them by np.savez"),
    ("an HDF5 file", "save its images by np.savez for dataset.kind: npz"),
    ("a file of PyTorch", "save its images by np.savez for dataset.kind: npz"),
    ("full of zeros", "download it again"),
    ("empty", "download it again"),
)
"""What can be done about files that no kind of dataset reads, by what they are."""

PICTURE_WAY_OUT = "give the folder in which it lies, with dataset.kind: folder"


@dataclass(frozen=True)
class Recognised:
    """What a path is.

    Attributes
    ----------
    words : str
        The end of "it is ...".
    kind : DatasetKind or None
        The ``dataset.kind`` that reads it.
    """

    words: str
    kind: DatasetKind | None = None

    @property
    def way_out(self) -> str:
        """What can be done where no kind reads it; empty where nothing is known."""
        if self.words.endswith("picture"):
            return PICTURE_WAY_OUT
        return next((way for words, way in WAYS_OUT if self.words.startswith(words)), "")


def recognise(path: Path | str) -> Recognised:
    """What a file or folder is, by its content."""
    path = Path(path)
    if path.is_dir():
        return _folder(path)
    words = foreign.kind_of(path)
    if foreign.is_ours(path):
        return Recognised("images of this workflow, or another result of it")
    if words == "a gzip file":
        return _gzip(path)
    if words == "an npz file of NumPy":
        return Recognised(words, "npz")
    if words == "a zip archive":
        return _zip(path)
    if words in ("a tar archive", "a bzip2 file", "an xz file"):
        return _tar(path, words)
    if words == "an idx file":
        return Recognised(words, "idx")
    if words == "a Parquet file":
        return Recognised(words, "parquet")
    return _by_more(path, words)


def _by_more(path: Path, words: str) -> Recognised:
    """What a file is whose first bytes alone do not say it."""
    try:
        with path.open("rb") as file:
            head = file.read(foreign.HEAD)
        size = path.stat().st_size
    except OSError:
        return Recognised(words)
    if head[16:20] == LMDB_MAGIC:
        return Recognised("the data file of an LMDB", "lmdb")
    if words == "a Python pickle" and b"batch_label" in head and BATCH.fullmatch(path.name):
        return Recognised("a batch of CIFAR-10 (Python)", "cifar")
    if BATCH.fullmatch(path.name) and path.suffix == ".bin" and size and size % RECORD == 0:
        return Recognised("a batch of CIFAR-10 (binary)", "cifar")
    return Recognised(words)


def _folder(path: Path) -> Recognised:
    """What a folder holds, by the names in it."""
    try:
        names = [entry.name for entry in path.iterdir()]
    except OSError:
        return Recognised("a folder", "folder")
    if LMDB_DATA in names:
        return Recognised("an LMDB", "lmdb")
    if any(IDX_NAME.fullmatch(name) for name in names):
        return Recognised("a folder of idx files", "idx")
    inner = [name for name in names if name.startswith("cifar-10-batches-")]
    if inner or any(BATCH.fullmatch(name) for name in names):
        return Recognised("CIFAR-10, unpacked", "cifar")
    if any(name.endswith(".parquet") for name in names) or any((path / "data").glob("*.parquet")):
        return Recognised("a folder of Parquet files", "parquet")
    return Recognised("a folder", "folder")


def _zip(path: Path) -> Recognised:
    """What a zip archive holds."""
    import zipfile

    try:
        with zipfile.ZipFile(path) as archive:
            return _archive("zip", archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return Recognised("a zip archive that is damaged")


def _gzip(path: Path) -> Recognised:
    """What is packed by gzip, by its first bytes."""
    try:
        with gzip.open(path) as file:
            head = file.read(foreign.HEAD)
    except (OSError, EOFError, zlib.error):
        return Recognised("a gzip file that is damaged")
    words = foreign.kind_of_bytes(head)
    if words == "an idx file":
        return Recognised("an idx file, packed by gzip", "idx")
    return _tar(path, words) if words == "a tar archive" else Recognised(f"gzip of {words}")


def _tar(path: Path, words: str) -> Recognised:
    """What a tar archive holds, packed or not, by its first members; ``words`` if it is none."""
    import lzma
    import tarfile

    names: list[str] = []
    try:
        with tarfile.open(path, "r|*") as archive:
            for member in archive:
                names.append(member.name)
                if len(names) == LOOKED_AT or _archive("tar", names).kind is not None:
                    break
    except (tarfile.TarError, OSError, EOFError, zlib.error, lzma.LZMAError):
        if not names:
            return Recognised(f"{words} that is damaged, or holds no archive")
    return _archive("tar", names)


def _archive(form: str, names: Iterable[str]) -> Recognised:
    """What an archive is by the names in it; a folder's ends in a slash."""
    for name in names:
        base = name.rpartition("/")[2]
        if BATCH.fullmatch(base) and form == "tar":
            return Recognised("CIFAR-10", "cifar")
        if base == LMDB_DATA and form == "zip":
            return Recognised("the zip of an LMDB", "lmdb")
        if base.endswith(".npy") and form == "zip" and "/" not in name:
            return Recognised("an npz file of NumPy", "npz")
        if base.lower().endswith(SUFFIXES) and not base.startswith("."):
            return Recognised(f"a {form} of pictures", "archive")
    return Recognised(f"a {form} archive without pictures")


def problems(key: str, path: Path, wanted: str) -> Iterator[str]:
    """Why a path is nothing for a kind of dataset, as far as its beginning and its end tell.

    Yields
    ------
    str
        A line with the key, the path, what it is and the way out. Of what is not recognised there
        is none: the reader tells what it cannot read.
    """
    from beyond_blur.data.known_files import truncation

    found, at = recognise(path), f"{key} = {shown(path)}"
    if cut := truncation(path):
        yield f"{at} is {cut}"
    elif found.kind is not None and found.kind != wanted:
        yield f"{at} is {found.words}; use dataset.kind: {found.kind}"
    elif found.kind is None and found.way_out:
        yield f"{at} is {found.words}: {found.way_out}"
