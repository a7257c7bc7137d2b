"""Which samples are copies of the image that their prior was made of."""

from __future__ import annotations

import numpy as np

from beyond_blur.metrics.measure import CHUNK

PIXEL_SIDE = 32
"""Pixels per side at which images are compared as pixels: enough to tell images apart, and
70,000 colour images are then 0.9 GB instead of 14 GB at 128 pixels."""


def rows_of(wanted: np.ndarray, index: np.ndarray) -> np.ndarray:
    """Row of every wanted image in a set whose images are numbered ``index``.

    Parameters
    ----------
    wanted : int array, shape (n,)
    index : int array, shape (m,)
        Each number once, in any order.

    Raises
    ------
    ValueError
        Where a wanted image is not in the set.
    """
    order = np.argsort(index)
    place = np.minimum(np.searchsorted(index, wanted, sorter=order), len(index) - 1)
    rows = order[place]
    missing = np.asarray(wanted)[index[rows] != wanted]
    if missing.size:
        raise ValueError(
            f"{missing.size} samples started from images that are not in this set (image "
            f"{missing[0]}, for one): the samples and the images belong to different runs"
        )
    return np.asarray(rows, dtype=np.int64)


def pixel_vectors(images: np.ndarray, side: int = PIXEL_SIDE) -> np.ndarray:
    """Images as vectors of at most ``side`` x ``side`` pixels, by block means.

    Parameters
    ----------
    images : uint8 array, shape (n, c, h, w)
    side : int
        Larger images are averaged over blocks as even as they can be; smaller ones stay.

    Returns
    -------
    float32 array, shape (n, c * min(h, side) * min(w, side)), grey values 0 ... 255
    """
    n = len(images)
    starts = [np.arange(min(s, side)) * s // min(s, side) for s in images.shape[-2:]]
    counts = [np.diff(np.append(cut, s)) for cut, s in zip(starts, images.shape[-2:], strict=True)]
    area = (counts[0][:, None] * counts[1]).astype(np.float32)
    vectors = np.empty((n, images.shape[1] * area.size), np.float32)
    for first in range(0, n, CHUNK):
        part = images[first : first + CHUNK].astype(np.float32)
        sums = np.add.reduceat(np.add.reduceat(part, starts[0], axis=2), starts[1], axis=3)
        vectors[first : first + CHUNK] = (sums / area).reshape(len(part), -1)
    return vectors
