"""Domain decomposition: an image in horizontal slabs, one for each thread, with halos between them.

A halo is several rows deep: that many steps can be made before wrong numbers from beyond it reach
the slab's own rows; then the halo is exchanged, its rows replaced by the neighbours' own.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from beyond_blur.config import Walls
from beyond_blur.lbm.cpu.barrier import wait_at_barrier
from beyond_blur.lbm.cpu.simd import kernel, load, store
from beyond_blur.lbm.cpu.strips import GHOST, strip_at
from beyond_blur.lbm.cpu.vector_width import LANES

SLAB_ROWS = 16
"""Fewest rows of a slab. A choice; with the two halo rows on either side a fifth is done twice."""


SLAB_CELLS = 4096
"""Fewest pixels of a slab.

A choice: threads that share less gain little and lose much beside other work on the same cores,
since they wait for each other at every exchange. Two threads share an image from 8,192 pixels on.
benchmarks/results/lbm_cpu.md has what sharing 128 x 128 gains, and what other work costs it.
"""


ROWS_PER_HALO_ROW = 16
"""Rows of a slab for each row of its halo.

A choice: a deeper halo means fewer exchanges, but its rows are computed twice.
"""


class Slab(NamedTuple):
    """Rows of an image that one thread steps."""

    first: int  # its own rows: first, first + 1, ...
    rows: int
    above: int  # rows of its halo, stepped along with its own
    below: int

    @property
    def height(self) -> int:
        """All rows that it steps."""
        return self.above + self.rows + self.below


def most_slabs(shape: tuple[int, int]) -> int:
    """Slabs that an image (h, w) is worth dividing into; 0 if it is smaller than one."""
    h, w = shape
    return min(h // SLAB_ROWS, h * w // SLAB_CELLS)


def slabs(height: int, n: int, walls: Walls) -> list[Slab]:
    """An image in n slabs; a single one has all rows and no halo."""
    ends = np.arange(n + 1) * height // n
    halo = max(2, height // n // ROWS_PER_HALO_ROW)
    inner = [n > 1 and (walls == "periodic" or i > 0) for i in range(n)]
    return [
        Slab(int(ends[i]), int(ends[i + 1] - ends[i]), halo * inner[i], halo * inner[i - n + 1])
        for i in range(n)
    ]


@kernel
def exchange_halo(phi, slab, buffers, number, n_strips, team):
    """Replace the halo of a slab by its neighbours' own rows; all threads of the team call this.

    Rows go through buffers of their own: cache lines of a field that two cores use in turns would
    bounce between their caches (ping-pong).

    phi : (c, plane), the state of this slab.
    buffers : (2, slabs, 2, c, n), first and last own rows of every slab.
    number : of the exchange; even and odd ones use different buffers, so one barrier is enough.
    """
    strip = (slab.above + slab.rows + slab.below + 2 * GHOST) * LANES
    top, bottom = (GHOST + slab.above) * LANES, (GHOST + slab.above + slab.rows) * LANES
    previous, following = (team.rank - 1) % team.size, (team.rank + 1) % team.size
    n = max(slab.above, slab.below) * LANES
    sent = buffers[number % 2]
    if slab.above > 0:
        _copy_rows(phi, top, strip, n_strips, n, sent[team.rank, 0], True)
    if slab.below > 0:
        _copy_rows(phi, bottom - n, strip, n_strips, n, sent[team.rank, 1], True)
    wait_at_barrier(team)
    if slab.above > 0:
        _copy_rows(phi, top - n, strip, n_strips, n, sent[previous, 1], False)
    if slab.below > 0:
        _copy_rows(phi, bottom, strip, n_strips, n, sent[following, 0], False)


@kernel
def _copy_rows(phi, row, strip, n_strips, n, buffer, out):
    """Copy n numbers from ``row`` of every strip on to a buffer (c, strips, n), or back."""
    for c in range(len(phi)):
        for j in range(n_strips):
            at = strip_at(j, n_strips, strip) + row
            for i in range(0, n, LANES):
                if out:
                    store(buffer[c], j * n + i, load(phi[c], at + i))
                else:
                    store(phi[c], at + i, load(buffer[c], j * n + i))
