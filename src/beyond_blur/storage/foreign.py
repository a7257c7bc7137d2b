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
    (rb"PK\x03\x04.{26,}?[^\0]*data\.pkl.*identity.*history", "a training state"),
    (rb"PK\x03\x04.{26,}?[^\0]*data\.pkl", "a file of PyTorch"),
    (rb"PK\x03\x04.{26}[^/\0]*\.npy", "an npz file of NumPy"),
    (rb"PK[\x03\x05]", "a zip archive"),
    (rb".{4}\0{4}\{\s*(\"|\}|$)", "a safetensors file of another program, such as an export"),
    (rb"\x80[\x02-\x05]", "a Python pickle"),
    (rb"\s*(?i:<!doctype html|<html)", "a web page (HTML)"),
    (rb".{257}ustar", "a tar archive"),
    (rb"\0\0[\x08\x09\x0b-\x0e][\x01-\x04]", "an idx file"),
    (rb"\0*\Z", "full of zeros, as a file after a power cut"),
)
"""The same, where a beginning is more than fixed bytes."""

WAYS_OUT = {
    "a training state": "give the weights.safetensors that stands beside it",
    "a safetensors file of another program, such as an export": "give the weights.safetensors "
    "that training wrote",
}
"""What to give in place of a file; for all others, another path."""


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
    found = [words for start, words in SIGNATURES if head.startswith(start)]
    found += [words for pattern, words in PATTERNS if re.match(pattern, head, re.DOTALL)]
    if found:
        return found[0]
    return "a text file" if is_text(head) else "a file of unknown kind"


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
    way_out = WAYS_OUT.get(kind, "correct the path, or make the file again if it is a result")
    return f"{kind}, not a file of this project: {way_out}"
