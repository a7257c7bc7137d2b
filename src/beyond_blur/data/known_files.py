"""Files of published sets: known by name, size and checksum, or found to be cut short."""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

from beyond_blur.config.published_sets import PUBLISHED, PublishedFile

TAR_BLOCK = 512
"""A tar is a whole number of these."""

ZIP_END = b"PK\x05\x06"
"""What stands before the last bytes of a zip, of which a comment may follow."""

LONGEST_COMMENT = 2**16 + 22

KNOWN: tuple[tuple[str, PublishedFile], ...] = tuple(
    (name, file) for name, one in PUBLISHED.items() for file in (*one.files, *one.others)
)
"""Every known file, with the name of its set."""


def set_of(path: Path, checksum: Callable[[Path], str]) -> str | None:
    """The name of the published set that a file is of, by its size and its checksum.

    Parameters
    ----------
    path : path
        Under whatever name: MNIST's and Fashion-MNIST's are equal.
    checksum : function
        From a path to the sha256 of its bytes; asked only where the size is that of a known file.
    """
    size = path.stat().st_size
    alike = [(name, file) for name, file in KNOWN if file.size == size]
    if not alike:
        return None
    found = checksum(path)
    return next((name for name, file in alike if file.sha256 == found), None)


def said(path: Path, checksum: Callable[[Path], str]) -> str | None:
    """A known file in words, such as "cifar-10-python.tar.gz, complete"; None of an unknown one."""
    name = set_of(path, checksum)
    if name is not None:
        return f"{path.name}, complete ({PUBLISHED[name].title.partition(',')[0]})"
    if any(file.name == path.name and file.size == path.stat().st_size for _, file in KNOWN):
        return f"{path.name}, of the right size but not with its owners' checksum"
    return None


def truncation(path: Path) -> str | None:
    """That a file ends too early, with the way out; None where its end is as it has to be."""
    if not path.is_file():
        return None
    n = path.stat().st_size
    whole = [(name, file.size) for name, file in KNOWN if file.name == path.name and file.size > n]
    if _ends_well(path, known=bool(whole)):
        return None
    if not whole:
        return f"truncated after {n:,} bytes: download it again"
    sizes = " or ".join(f"{size:,}" for _, size in whole)
    again = " or ".join(f"python -m beyond_blur fetch {name}" for name, _ in whole)
    return f"truncated, {n:,} of {sizes} bytes: download it again ({again})"


def _ends_well(path: Path, known: bool) -> bool:
    """Whether a file's last bytes agree with its first, for kinds where that can be told.

    Of gzip they tell that something is wrong and not what: of files that are not ``known`` by name
    that is left to their readers.
    """
    try:
        with path.open("rb") as file:
            head = file.read(4)
            file.seek(max(path.stat().st_size - LONGEST_COMMENT, 0))
            tail = file.read()
    except OSError:
        return True
    if head[:4] == b"PK\x03\x04":
        return ZIP_END in tail
    if head[:4] == b"PAR1":
        return tail.endswith(b"PAR1")
    if known and head[:2] == b"\x1f\x8b" and len(tail) > 4:
        return _gzip_ends_well(path, int.from_bytes(tail[-4:], "little"))
    return True


def _gzip_ends_well(path: Path, stated: int) -> bool:
    """Whether the size that ends a gzip file can be that of what it begins with."""
    try:
        with gzip.open(path) as stream:
            start = stream.read(TAR_BLOCK)
    except EOFError:
        return False
    except (OSError, zlib.error):
        return True  # damaged, which its reader says
    if start[257:262] == b"ustar":
        return stated % TAR_BLOCK == 0
    if start[:3] == b"\0\0\x08" and 1 <= start[3] <= 4 and len(start) >= 4 + 4 * start[3]:
        shape = struct.unpack_from(f">{start[3]}I", start, 4)
        return stated == (4 + 4 * start[3] + math.prod(shape)) % 2**32
    return True
