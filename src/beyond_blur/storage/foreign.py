"""What a file is that is no readable result of this project, from its first bytes.

A user who gives one file for another is told which one he gave, and is never told to delete a file
that another program made.
"""

from __future__ import annotations

import re
from pathlib import Path

HEAD = 4096
"""Bytes that are looked at."""

OURS = b'{"__metadata__":{"manifest":"{\\"format\\": '
"""What follows the first eight bytes of every file of arrays that this project writes."""

STATE = "a training state"
EXPORT = "a safetensors file of another program, such as an exported model"

SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\x93NUMPY", "a .npy array of NumPy"),
    (b"\x1f\x8b", "a gzip file"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"II*\x00", "a TIFF picture"),
    (b"MM\x00*", "a TIFF picture"),
    (b"RIFF", "a WebP picture or another RIFF file"),
    (b"BM", "a BMP picture"),
    (b"%PDF", "a PDF document"),
    (b"%!", "a PostScript document (EPS)"),
    (b"\xc5\xd0\xd3\xc6", "a PostScript document (EPS)"),
    (b"\xd7\xcd\xc6\x9a", "a Windows metafile (WMF)"),
    (b"\x89HDF", "an HDF5 file"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3", "an SQLite database"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ", "an xz file"),
    (b"\x28\xb5\x2f\xfd", "a zstd file"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"version https://git-lfs", "a pointer of Git LFS, without the file itself (git lfs pull)"),
)
"""How files of other programs begin."""

PATTERNS: tuple[tuple[bytes, str], ...] = (
    (rb".{4}\0{4}\{\s*(\"|\}|$)", EXPORT),
    (rb"\x80[\x02-\x05]", "a Python pickle"),
    (rb"\s*(?i:<!doctype html|<html)", "a web page (HTML)"),
    (rb".{257}ustar", "a tar archive"),
    (rb"\0\0[\x08\x09\x0b-\x0e][\x01-\x04]", "an idx file"),
    (rb"\0*\Z", "full of zeros, as a file after a power cut"),
)
"""The same, where a beginning is more than fixed bytes."""

WEIGHTS = "give the weights.safetensors that training wrote"


def kind_of(path: Path | str) -> str:
    """What kind of file lies at ``path``, as the end of "it is ...".

    Returns
    -------
    str
        One line, such as ``a PNG picture``; nothing is decoded.
    """
    path = Path(path)
    if path.is_dir():
        return "a folder"
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError as error:
        return f"unreadable ({error.strerror})"
    return kind_of_bytes(head)


def kind_of_bytes(head: bytes) -> str:
    """What kind of file begins with the bytes ``head``; see `kind_of`."""
    if not head:
        return "empty"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _kind_of_zip(head)
    found = [words for start, words in SIGNATURES if head.startswith(start)]
    found += [words for pattern, words in PATTERNS if re.match(pattern, head, re.DOTALL)]
    if found:
        return found[0]
    return "a text file" if is_text(head) else "a file of unknown kind"


def _kind_of_zip(head: bytes) -> str:
    """What a zip archive is by the first file in it."""
    first = head[30 : 30 + int.from_bytes(head[26:28], "little")]
    if first.endswith(b".npy"):
        return "an npz file of NumPy"
    if first.endswith(b"data.pkl"):
        ours = b"identity" in head and b"history" in head  # keys of the saved state, in its pickle
        return STATE if ours else "a file of PyTorch"
    return "a zip archive"


def is_text(head: bytes) -> bool:
    """Whether bytes are the beginning of a text in UTF-8."""
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3:  # a letter of several bytes may be cut at the end
            return False
        text = head[: error.start].decode("utf-8")
    return all(letter.isprintable() or letter in "\t\r\n\f" for letter in text)


def is_ours(path: Path | str) -> bool:
    """Whether a file begins as this project's files of arrays do, however it goes on."""
    try:
        with Path(path).open("rb") as file:
            return file.read(8 + len(OURS))[8:] == OURS
    except OSError:
        return False


def what_is(path: Path | str) -> str:
    """What a file is that should have been a result of this project, and the way out.

    Parameters
    ----------
    path : path
        A file that could not be read as one of `beyond_blur.storage.artifacts`.

    Returns
    -------
    str
        What follows "PATH is ..." in a message of one line. Only a file that begins as this
        project's own is said to be damaged and to be deleted.
    """
    if is_ours(path):
        return "truncated or damaged: delete it and rerun"
    kind = kind_of(path)
    if kind == STATE:
        return f"{kind}: {WEIGHTS}"
    way_out = WEIGHTS if kind == EXPORT else "correct the path, or make the result again"
    return f"{kind}, not a file of this project: {way_out}"
