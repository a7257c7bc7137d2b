"""Chunks of images over coarser lattices: along the trunk together, then to the wanted levels.

See :mod:`beyond_blur.lbm.coarse.plan` for trunk and branches. The kernels are those of the pixels'
lattice, compiled for each lattice's layout. All images of a chunk go along the trunk as far as they
need to; a field is put by wherever a branch leaves, and all tails from a lattice, of whatever
images and levels, are run side by side (:mod:`beyond_blur.lbm.gpu.tails`).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from beyond_blur.lbm.gpu.chunks import CELLS_AT_ONCE, Chunk, advance, image_bytes, up_to, upload
from beyond_blur.lbm.gpu.coarse_flow import later
from beyond_blur.lbm.gpu.flow import FlowSpectra
from beyond_blur.lbm.gpu.lattices import Lattices, Stage
from beyond_blur.lbm.gpu.layout import Layout
from beyond_blur.lbm.gpu.machine import Machine
from beyond_blur.lbm.gpu.transfers import to_cells, to_pixels

TAILS_PER_IMAGE = 2
"""Tails run at once for each image of a chunk: a pair of levels has two.

They decide how many key frames a chunk has room for.
"""


NOWHERE = -1
"""A part that no step ends."""


ONWARD = np.iinfo(np.int32).max
"""The last part of an image that goes on beyond a stretch: its state is left for what follows."""


class OverLattices(NamedTuple):
    """Late steps on coarser lattices."""

    lattices: Lattices

    @property
    def machine(self) -> Machine:
        """Whose memory the chunks are in."""
        return self.lattices.trunk[0].machine

    def images_at_once(self, n_keep: int, chunk_bytes: int) -> int:
        """Images of a chunk whose arrays fit ``chunk_bytes``.

        Each image is counted with its tails, the fields that they start from, and what
        :func:`to_pixels` makes in double precision.
        """
        problem = self.lattices.trunk[0].problem
        c, cells = problem.channels, problem.layout.cells
        tails = TAILS_PER_IMAGE * (image_bytes(problem, 1) + 24 * c * cells)
        each = image_bytes(problem, n_keep) + tails + 2 * c * n_keep * cells
        return max(1, min(chunk_bytes // each, CELLS_AT_ONCE // cells))

    def states(
        self, phi: np.ndarray, background: np.ndarray, seeds: np.ndarray, keep: np.ndarray
    ) -> Any:
        """See :func:`run_chunk`."""
        return run_chunk(self.lattices, phi, background, keep, self.lattices.draw(seeds))


class Way(NamedTuple):
    """A chunk of images on its way."""

    lattices: Lattices
    chunk: Chunk  # on pixels
    keep: np.ndarray  # int (n, m): levels wanted
    flows: list[FlowSpectra]  # on every lattice

    @property
    def place(self) -> np.ndarray:
        """Where on the trunk, int (n, m), the branch to each wanted level leaves."""
        places: np.ndarray = self.lattices.place[self.keep]
        return places


def run_chunk(
    lattices: Lattices, phi: np.ndarray, background: np.ndarray, keep: np.ndarray,
    flows: list[FlowSpectra],
) -> Any:  # fmt: skip
    """States of a chunk of images, sorted by falling last level, float32 (n, m, c, h, w)."""
    machine, problem, *_ = lattices.trunk[0]
    chunk = upload(machine, problem, phi, background, keep, flows[0], TAILS_PER_IMAGE)
    way = Way(lattices, chunk, keep, flows)
    _along_pixels(way)
    _just_behind(way)
    state, finer = chunk.state, problem.layout
    furthest = way.place.max(axis=1, initial=0)
    for place in range(1, furthest.max(initial=0) + 1):
        coarse, n = lattices.trunk[place].problem.layout, int((furthest >= place).sum())
        state = to_cells(machine, state[:n], finer, coarse)
        _along_tails(way, place, _along_cells(way, place, state))
        finer = coarse
    return chunk.out


def _along_pixels(way: Way) -> None:
    """The trunk's steps on pixels, and the levels on it."""
    straight, keep = way.lattices.straight[way.keep], way.keep
    last = np.where(straight.all(axis=1), keep.max(axis=1, initial=0), ONWARD)
    _go(way.lattices.trunk[0], way.chunk, last, np.where(straight, keep, NOWHERE))


def _just_behind(way: Way) -> None:
    """From the end of the trunk's pixels to levels so close behind it that no coarse step fits."""
    behind = (way.place == 0) & ~way.lattices.straight[way.keep]
    wanted = np.where(behind, way.keep, NOWHERE)
    last = wanted.max(axis=1, initial=NOWHERE)
    rows = np.argsort(-last, kind="stable")[: int((last > 0).sum())]
    if not len(rows):
        return
    stage, chunk = way.lattices.beyond, way.chunk
    xp = stage.machine.xp
    images = xp.asarray(rows)
    some = chunk._replace(
        state=chunk.state[images], base=chunk.base[images], offset=chunk.offset[images],
        flows=FlowSpectra(*(values[images] for values in chunk.flows)),
        out=xp.empty((len(rows), *chunk.out.shape[1:]), np.float32),
    )  # fmt: skip
    _go(stage, some, last[rows], wanted[rows])
    row, column = map(xp.asarray, np.nonzero(behind[rows]))
    chunk.out[images[row], column] = some.out[row, column]


def _along_cells(way: Way, place: int, state: Any) -> Any:
    """The trunk's steps on a lattice's cells, of as many images as ``state`` has (n, c, h, pitch).

    Returns
    -------
    float32 (n, m, c, h, w)
        Fields d where the branches to the wanted levels leave; others are left as they are.
    """
    stage, (n, channels) = way.lattices.trunk[place], state.shape[:2]
    xp, placed = stage.machine.xp, stage.problem.layout
    places, keep = way.place[:n], way.keep[:n]
    part = np.where(places == place, way.lattices.part[keep], NOWHERE)
    last = np.where((places > place).any(axis=1), ONWARD, part.max(axis=1))
    out = xp.empty((*keep.shape, channels, placed.height, placed.width), np.float32)
    image, column = map(xp.asarray, np.nonzero(part == 0))
    if len(image):
        out[image, column] = state[image][..., : placed.width]
    one, zero = xp.ones((n, channels)), xp.zeros((n, channels))
    flows = FlowSpectra(*(values[:n] for values in way.flows[place]))
    chunk = Chunk(last, state, one, zero, way.chunk.keep, flows, xp.zeros(n, np.int32),
                  _room_for(way.chunk.frames, n, placed), out)  # fmt: skip
    _go(stage, chunk, last, part)
    return out


def _room_for(frames: Any, n: int, placed: Layout) -> Any:
    """The memory of key frames as those of n images on another layout's cells."""
    plane = 2 * placed.height * placed.pitch
    n_limited = frames[0].size // plane
    return frames.reshape(-1)[: n * n_limited * plane].reshape(
        n, n_limited, placed.height, placed.pitch, 2
    )


def _along_tails(way: Way, place: int, fields: Any) -> None:
    """From fields on a lattice's cells to the levels, the longest tails first."""
    tails, at_once = way.lattices.tails, len(way.chunk.frames)
    image, column = np.nonzero(way.place == place)
    lengths = tails.lengths[tails.row[way.keep[image, column]]]
    longest_first = np.argsort(-lengths, kind="stable")
    for start in range(0, len(image), at_once):
        these = longest_first[start : start + at_once]
        _run_tails(way, fields, image[these], column[these])


def _run_tails(way: Way, fields: Any, image: np.ndarray, column: np.ndarray) -> None:
    """Some tails side by side."""
    (machine, problem, *_), tails, chunk = way.lattices.trunk[0], way.lattices.tails, way.chunk
    xp, placed, row = machine.xp, problem.layout, tails.row[way.keep[image, column]]
    lengths = tails.lengths[row]
    image, column, row = map(xp.asarray, (image, column, row))
    state = to_pixels(machine, fields[image, column], placed)
    shape = (len(lengths), 1, problem.channels, placed.height, placed.width)
    some = Chunk(
        lengths, state, chunk.base[image], chunk.offset[image], xp.asarray(lengths[:, None]),
        later(machine, problem, chunk.flows, image, tails.first, row), row.astype(np.int32),
        chunk.frames, xp.empty(shape, np.float32),
    )  # fmt: skip
    advance(machine, problem, some, tails.segments)
    chunk.out[image, column] = some.out[:, 0]


def _go(stage: Stage, chunk: Chunk, last: np.ndarray, wanted: np.ndarray) -> None:
    """Take images through a stage to their last parts, with those that are wanted put out."""
    chunk = chunk._replace(
        last=last.astype(np.int32),
        keep=stage.machine.xp.asarray(np.ascontiguousarray(wanted, np.int32)),
    )
    advance(stage.machine, stage.problem, chunk, up_to(stage.course, stage.segments, last))
