"""The checksums in PNG files, which Pillow leaves unread where pixels are.

A flipped bit among the compressed pixels would be read as another picture.
"""

from __future__ import annotations

import struct
import zlib
from typing import BinaryIO

PIECE = 2**20
"""Bytes read at a time: a chunk may say that it has 4 GB."""


def check_png(file: BinaryIO) -> None:
    """Check every chunk that the picture needs against its checksum.

    Parameters
    ----------
    file : binary file
        A PNG; left where the last chunk ends.

    Raises
    ------
    ValueError
        If one does not match, or the file ends before its last chunk.
    """
    file.seek(8)
    kind = b""
    while kind != b"IEND":
        head = file.read(8)
        if len(head) < 8:
            raise ValueError("the file ends before its last chunk")
        (length,), kind = struct.unpack(">I", head[:4]), head[4:]
        found, left = zlib.crc32(kind), length
        while left and (piece := file.read(min(left, PIECE))):
            found, left = zlib.crc32(piece, found), left - len(piece)
        stated = file.read(4)
        # A small letter in front: a chunk that readers may pass over.
        if kind[:1].isupper() and stated != struct.pack(">I", found):
            raise ValueError(f"its part {kind.decode('ascii', 'replace')} is damaged")
