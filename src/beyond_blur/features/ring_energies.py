"""What an image has of each spatial frequency: a vector that no network makes.

Rings of equal wave number of the cosine transform, the basis of images between mirror walls.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.fft import dctn

PIECE = 256
"""Images that are transformed at once: 100 MB of colour at 128 pixels, twice over."""


EIGHT_BIT = 1 / (12 * 255**2)
"""Variance that rounding to 256 grey values adds; less energy than this is taken for this much."""


def rings_beside(name: str) -> str:
    """Name of the array of ring energies beside the features of a set of images."""
    return f"{name}_rings"


def rings_of(sets: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The `ring_energies` of sets of images, by the names that stand beside their features."""
    return {rings_beside(name): ring_energies(images) for name, images in sets.items()}


def ring_numbers(h: int, w: int) -> np.ndarray:
    """Ring of each DCT-II mode, int (h, w): its distance from the origin, rounded.

    Distances are in half waves per image side, of the larger side where they differ.
    """
    side = max(h, w)
    radius = np.hypot(np.arange(h)[:, None] * (side / h), np.arange(w)[None] * (side / w))
    return np.asarray(np.rint(radius).astype(int))


def ring_energies(images: np.ndarray) -> np.ndarray:
    """Mean energy of the modes of each ring, image by image.

    Parameters
    ----------
    images : uint8 array, shape (n, c, h, w)

    Returns
    -------
    float32 array, shape (n, max(h, w) - 1)
        Of rings 1, 2, ...: squared amplitudes of the orthonormal DCT-II of grey values in [0, 1],
        meaned over the ring's modes and the channels. The mean grey value, ring 0, and the corner
        beyond the side are left out. White noise of standard deviation s has s^2 in every ring.
    """
    n, h, w = len(images), *images.shape[2:]
    side = max(h, w)
    ring = ring_numbers(h, w).ravel()
    order = np.argsort(ring, kind="stable")
    counts = np.bincount(ring, minlength=side)
    starts = np.cumsum(counts) - counts
    found = np.empty((n, side - 1), np.float32)
    for first in range(0, n, PIECE):
        part = images[first : first + PIECE].astype(np.float32) / 255
        energy = np.square(dctn(part, axes=(2, 3), norm="ortho")).mean(axis=1)
        by_ring = np.add.reduceat(energy.reshape(len(part), -1)[:, order], starts, axis=1)
        found[first : first + PIECE] = (by_ring / counts)[:, 1:side]
    return found
