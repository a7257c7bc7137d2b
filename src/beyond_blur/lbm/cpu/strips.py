"""Memory layout of a field on the CPU: strips of columns, one vector register each.

A field (h, w) has n = ceil(w / 16) strips for every 16 / LANES lanes: N = 16 n / LANES strips, and
strip i holds the columns i, N + i, 2 N + i, ... Neighbours along x lie in neighbouring strips, so
numbers change lanes between the last strip and the first only. Rows are contiguous within a strip:
(strip, row, LANES). Ghost rows above and below each strip hold the walls.

**Parts.** With 16 lanes there is one part of n strips. With 8 there are two: the strips of the
first hold the columns that would be in the even lanes of 16, those of the second the others. A part
is stepped as if it were alone, and what leaves its sides is added at the end of the step. So every
cell adds the same numbers in the same order at either width. An empty strip before each part takes
what leaves its first strip to the left.
"""

from __future__ import annotations

import numpy as np

from beyond_blur.lbm.cpu.simd import inlined, kernel
from beyond_blur.lbm.cpu.vector_width import GROUP, LANES

PARTS = GROUP // LANES
"""Parts of the strips of a field."""


GHOST = 2
"""Ghost rows above and below every strip: the wall's, and beyond it one that a step writes to."""


def aligned(*shape: int) -> np.ndarray:
    """Zeros, float32, that start on a cache line."""
    raw = np.zeros(int(np.prod(shape)) + GROUP, np.float32)
    start = (-raw.ctypes.data // raw.itemsize) % GROUP
    return raw[start : start + int(np.prod(shape))].reshape(shape)


@inlined
def strips_of(w):
    """Strips of w columns, a multiple of PARTS."""
    return (w + GROUP - 1) // GROUP * PARTS


@inlined
def strip_at(i, n_strips, strip):
    """Where strip i of ``n_strips`` starts, each of ``strip`` numbers."""
    return (i + 1 + i // (n_strips // PARTS)) * strip


def plane_size(h: int, w: int) -> int:
    """Numbers of a field in strips, an empty strip before those of each part.

    Five lines more than needed: planes a multiple of 4 KiB apart would share their cache sets.
    """
    return int(strips_of.py_func(w) + PARTS) * (h + 2 * GHOST) * LANES + 5 * GROUP


@kernel
def pack(image, plane):
    """(h, w) into strips."""
    h, w = image.shape
    n_strips, strip = strips_of(w), (h + 2 * GHOST) * LANES
    for y in range(h):
        for x in range(w):
            at = strip_at(x % n_strips, n_strips, strip)
            plane[at + (y + GHOST) * LANES + x // n_strips] = image[y, x]


@kernel
def unpack(plane, h, first, image):
    """Rows of an image (n, w) from strips of h rows, from row ``first`` on."""
    n, w = image.shape
    n_strips, strip = strips_of(w), (h + 2 * GHOST) * LANES
    for y in range(n):
        row = (first + y + GHOST) * LANES
        for x in range(w):
            at = strip_at(x % n_strips, n_strips, strip)
            image[y, x] = plane[at + row + x // n_strips]
