"""Which samples are copies of the image that their prior was made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from beyond_blur.metrics.blocks import CHUNK
from beyond_blur.metrics.neighbours import copy_share
from beyond_blur.storage.contents import FEATURES, IMAGES, NUMBERS, array_of

BASE = "the features of the images that priors were made of"

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
        Where a wanted image is not in the set, or the set is empty or has a number twice.
    """
    if not len(index) or len(np.unique(index)) < len(index):
        raise ValueError(
            f"the set of {len(index)} images is empty, or has the number of an image twice: give "
            "every shard of one split once"
        )
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


def vectors_of(
    pieces: Iterable[np.ndarray], n: int, shape: tuple[int, ...], side: int = PIXEL_SIDE
) -> np.ndarray:
    """The `pixel_vectors` of a set that comes piece by piece.

    Parameters
    ----------
    pieces : iterable of uint8 array, shape (m_i, c, h, w)
    n : int
        Images that it must have in all.
    shape : (c, h, w)
        Of each image.

    Raises
    ------
    ValueError
        For another number of images, or other shapes.
    """
    vectors, total = [], 0
    for piece in pieces:
        if piece.ndim != 4 or piece.shape[1:] != shape:
            raise ValueError(
                f"images of shape {piece.shape[1:]} where the samples have {shape}: give the "
                "images that the priors of these samples were made of"
            )
        vectors.append(pixel_vectors(piece, side))
        total += len(piece)
    if total != n:
        raise ValueError(
            f"{total} images for {n} rows of features: give every shard of the split that the "
            "features were taken of"
        )
    return np.concatenate(vectors)


def copy_shares(
    features: Mapping[str, np.ndarray],
    samples: Mapping[str, np.ndarray],
    base: Mapping[str, np.ndarray],
    images: Iterable[np.ndarray],
    names: Sequence[str],
    threads: int | None = None,
) -> dict[str, dict[str, float]]:
    """For each set, the share of it whose nearest image is the one its prior was made of.

    Parameters
    ----------
    features : mapping
        Features (n, d) of each set of samples, by the set's name.
    samples : mapping
        Pixels of each set, uint8 (n, c, h, w), and ``source``: int (n,), number of the image that
        each sample's prior was made of.
    base : mapping
        Of the images that priors were taken from: features ``images`` (m, d) and numbers ``index``
        (m,).
    images : iterable of uint8 array, shape (m_i, c, h, w)
        Pixels of the same images in the same order, piece by piece.
    names : sequence of str
        The sets.
    threads : int, optional
        CPU threads.

    Returns
    -------
    dict
        By the set's name: ``copy_share``, nearest in features, and ``copy_share_pixels``.

    Raises
    ------
    ArtifactError
        For arrays that are missing, of another form, or of another number of rows.
    ValueError
        As `rows_of` does, and for images of another size than the samples.
    """
    known, of = array_of(base, "images", FEATURES, BASE), "the samples"
    numbers = array_of(base, "index", NUMBERS, BASE, len(known))
    sources = rows_of(array_of(samples, "source", NUMBERS, of), numbers)
    for name in names:
        array_of(samples, name, IMAGES, of, len(sources))
        array_of(features, name, FEATURES, "the features of the samples", len(sources))
    pixels = vectors_of(images, len(known), samples[names[0]].shape[1:])
    return {
        name: {
            "copy_share": copy_share(features[name], sources, base["images"], n_threads=threads),
            "copy_share_pixels": copy_share(
                pixel_vectors(samples[name]), sources, pixels, n_threads=threads
            ),
        }
        for name in names
    }
