"""Images beside and below each other as one image."""

from __future__ import annotations

import numpy as np


def mosaic(images: np.ndarray, columns: int, gap: int, blank: float) -> np.ndarray:
    """Images in rows of ``columns``, left to right and top to bottom.

    Parameters
    ----------
    images : array, shape (n, c, h, w)
    columns : int
        Images in a row.
    gap : int
        Pixels between two images.
    blank : float
        Value of the gaps and of places without an image.

    Returns
    -------
    array of the images' dtype, shape (H, W, c)
    """
    n, c, h, w = images.shape
    rows = -(-n // columns)
    shape = (rows * (h + gap) - gap, columns * (w + gap) - gap, c)
    canvas = np.full(shape, blank, images.dtype)
    for i, image in enumerate(images):
        y, x = (i // columns) * (h + gap), (i % columns) * (w + gap)
        canvas[y : y + h, x : x + w] = image.transpose(1, 2, 0)
    return canvas
