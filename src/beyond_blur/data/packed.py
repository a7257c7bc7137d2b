"""Encoded pictures that lie in another file: an archive, a database, a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import BinaryIO, TypeVar

import numpy as np

from beyond_blur.config import ConfigError, Dataset
from beyond_blur.data.folder import WAY_OUT
from beyond_blur.data.folder_layout import Layout
from beyond_blur.data.listing import Listing
from beyond_blur.data.picture_headers import Header, header_of, read_headers
from beyond_blur.data.picture_values import decode_picture
from beyond_blur.data.pictures import open_stream, unreadable
from beyond_blur.data.readable_pictures import Asked, readable
from beyond_blur.storage.opening import in_words, shown

Opener = Callable[[int], BinaryIO]
"""From the number of a picture to its encoded bytes, by any number of threads."""

Result = TypeVar("Result")


@dataclass(frozen=True)
class PackedSource:
    """Pictures of one file; see `beyond_blur.data.source.Source`.

    Attributes
    ----------
    names : sequence of str
        What each is called, the file's own path before it.
    numbers : sequence of int
        What ``opener`` knows each by.
    opener : function
    sizes : sequence of (int, int)
        Width and height of each, as it is read.
    labels, classes, held_out, remarks
        As in `Source`.
    """

    names: Sequence[str]
    numbers: Sequence[int]
    opener: Opener
    sizes: Sequence[tuple[int, int]]
    labels: np.ndarray | None = None
    classes: tuple[str, ...] | None = None
    held_out: np.ndarray | None = None
    remarks: Sequence[str] = ()

    def __len__(self) -> int:
        """The number of images."""
        return len(self.names)

    def name(self, row: int) -> str:
        """The path of the file, and the place of an image in it."""
        return self.names[row]

    def read(self, row: int) -> np.ndarray:
        """One image as uint8 of shape (h, w, c)."""
        name = self.names[row]
        content = _opened(self.opener, self.numbers[row], name, lambda file: file.read())
        return decode_picture(content, name)


def open_packed(
    listing: Listing, layout: Layout, numbers: Sequence[int], opener: Opener, dataset: Dataset
) -> PackedSource:
    """The pictures of a file, each known by its header.

    Parameters
    ----------
    listing : Listing
        What is in the file; its folder is the file's path.
    layout : Layout
        What is read of it.
    numbers : sequence of int
        What ``opener`` knows the pictures of the layout by.
    opener : function
    dataset : Dataset
        What is asked of them.

    Raises
    ------
    ConfigError
        No pictures, or one line that names all that cannot be read.
    """
    path = shown(listing.folder)

    def header(row: int) -> Header:
        name = f"{path}: {layout.names[row]}"
        return _opened(opener, numbers[row], name, lambda file: _header(file, name))

    headers, refused = read_headers(range(len(layout.names)), header)
    way_out = f"{WAY_OUT}, or leave them out by dataset.unreadable: skip"
    asked = Asked(dataset.unreadable == "skip", dataset.size, dataset.channels, way_out)
    found = readable(listing, layout, headers, refused, asked)
    return PackedSource(
        [f"{path}: {layout.names[row]}" for row in found.rows],
        [numbers[row] for row in found.rows],
        opener,
        found.sizes,
        found.labels,
        found.classes,
        found.held_out,
        found.remarks,
    )


def _header(file: BinaryIO, name: str) -> Header:
    with open_stream(file, name, decode=False) as image:
        return header_of(image)


def _opened(opener: Opener, number: int, name: str, use: Callable[[BinaryIO], Result]) -> Result:
    """What is made of one picture's bytes; whatever its file does not give up is one line."""
    try:
        with opener(number) as file:
            return use(file)
    except ConfigError:
        raise
    except Exception as error:  # of zipfile, LMDB and the system
        raise unreadable(name, in_words(error)) from error
