"""Memory layout of a field on the CPU: strips of 16 columns, one vector register each.

A field (h, w) has n = ceil(w / 16) strips: strip i holds the columns i, n + i, 2 n + i, ...
Neighbours along x lie in neighbouring strips, so numbers change lanes between the last strip and
the first only. Rows are contiguous within a strip: (strip, row, 16). Ghost rows above and below
each strip hold the walls; an empty strip before the first takes what leaves the first one to the
left.
"""

from __future__ import annotations

import numpy as np

from beyond_blur.lbm.cpu.simd import LANES, kernel

GHOST = 2
"""Ghost rows above and below every strip: the wall's, and beyond it one that a step writes to."""


def aligned(*shape: int) -> np.ndarray:
    """Zeros, float32, that start on a cache line."""
    raw = np.zeros(int(np.prod(shape)) + LANES, np.float32)
    start = (-raw.ctypes.data // raw.itemsize) % LANES
    return raw[start : start + int(np.prod(shape))].reshape(shape)


def plane_size(h: int, w: int) -> int:
    """Numbers of a field in strips, an empty strip before the first.

    Five lines more than needed: planes a multiple of 4 KiB apart would share their cache sets.
    """
    return (-(-w // LANES) + 1) * (h + 2 * GHOST) * LANES + 5 * LANES


@kernel
def pack(image, plane):
    """(h, w) into strips."""
    h, w = image.shape
    n_strips, strip = (w + LANES - 1) // LANES, (h + 2 * GHOST) * LANES
    for y in range(h):
        for x in range(w):
            plane[(x % n_strips + 1) * strip + (y + GHOST) * LANES + x // n_strips] = image[y, x]


@kernel
def unpack(plane, h, first, image):
    """Rows of an image (n, w) from strips of h rows, from row ``first`` on."""
    n, w = image.shape
    n_strips, strip = (w + LANES - 1) // LANES, (h + 2 * GHOST) * LANES
    for y in range(n):
        row = (first + y + GHOST) * LANES
        for x in range(w):
            image[y, x] = plane[(x % n_strips + 1) * strip + row + x // n_strips]
