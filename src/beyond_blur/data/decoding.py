"""Images of a source, decoded and brought to one size and number of channels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from beyond_blur.data.pixels import fit_picture

if TYPE_CHECKING:
    from beyond_blur.data.source import Source


def decode(source: Source, rows: Sequence[int], size: int, channels: int) -> np.ndarray:
    """Some images of a source, in the order asked for.

    Returns
    -------
    uint8 array, shape (len(rows), channels, size, size)

    Raises
    ------
    ConfigError
        One line that names an image that cannot be decoded.
    """
    decoded = np.empty((len(rows), channels, size, size), np.uint8)
    for i, row in enumerate(rows):
        decoded[i] = fit_picture(source.read(row), size, channels).transpose(2, 0, 1)
    return decoded
