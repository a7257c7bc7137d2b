"""Where images come from before they are decoded: a list of them, read one at a time.

What is decided about a set (which images, which split, which labels) is decided on the list; then
only the chosen ones are decoded, in any order and by several threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np


class Source(Protocol):
    """The images of one path, listed but not decoded."""

    @property
    def labels(self) -> np.ndarray | None:
        """Class numbers, int64 of shape (n,)."""
        ...

    @property
    def classes(self) -> tuple[str, ...] | None:
        """The name of each class, by its number, where the source names them."""
        ...

    @property
    def held_out(self) -> np.ndarray | None:
        """Whether the owners keep an image from training, (n,); None where they do not say."""
        ...

    @property
    def remarks(self) -> Sequence[str]:
        """A sentence on whatever was found and is not read, or is not as it looks."""
        ...

    def __len__(self) -> int:
        """The number of images."""
        ...

    def name(self, row: int) -> str:
        """What an image is called in messages: its path, or its number in its file."""
        ...

    def read(self, row: int) -> np.ndarray:
        """One image as uint8 of shape (h, w, c), c = 1 or 3; may be called by several threads.

        Raises
        ------
        ConfigError
            One line that names it: it cannot be decoded.
        """
        ...


@dataclass(frozen=True)
class ArraySource:
    """Images that a file holds as one array.

    Attributes
    ----------
    pixels : uint8 array, shape (n, c, h, w)
        In memory or mapped.
    labels, classes, held_out, remarks
        As in `Source`.
    """

    pixels: np.ndarray
    labels: np.ndarray | None = None
    classes: tuple[str, ...] | None = None
    held_out: np.ndarray | None = None
    remarks: Sequence[str] = ()

    def __len__(self) -> int:
        """The number of images."""
        return len(self.pixels)

    def name(self, row: int) -> str:
        """The number of an image in its file."""
        return f"image {row}"

    def read(self, row: int) -> np.ndarray:
        """One image as uint8 of shape (h, w, c)."""
        return self.pixels[row].transpose(1, 2, 0)
