"""Images in chunks, and each chunk segment by segment through the stages on a machine."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import numpy as np

from beyond_blur.lbm.gpu.flow import FlowSpectra, Problem, draw_flows, make_frames, scales
from beyond_blur.lbm.gpu.machine import Machine
from beyond_blur.lbm.gpu.segments import Segment, segments
from beyond_blur.lbm.single_precision import split_background

FRAME_BYTES = 8
"""One key frame's cell: two single-precision numbers.

Half precision would round the flow by 3e-4 of itself; compressing a background of 10 grey values at
Pe = 0.3 on 16 pixels that is 1e-5 grey per step, past the 1e-5 that the backends may differ by.
"""


FRAMES_AT_ONCE = 64
"""Limited key frames per image and segment.

A choice, not measured: more frames mean fewer launches per trajectory and more memory, 8 MiB for an
image of 128 x 128.
"""


CELLS_AT_ONCE = 2**23
"""Pixels of a chunk of images, 512 of 128 x 128.

A choice, not measured: enough blocks to fill a card several times, and few enough that one chunk is
read back while the next one runs.
"""


class NoRoom(Exception):
    """A machine without memory for a single image; ``rows`` are those that are left."""

    def __init__(self, rows: np.ndarray, why: str) -> None:
        super().__init__(why)
        self.rows = rows


class Chunk(NamedTuple):
    """Images run at once, longest trajectory first; arrays of the machine but for ``last``."""

    last: np.ndarray  # int32 (n,): last wanted level
    state: Any  # float32 (n, c, h, pitch): d
    base: Any  # float64 (n, c)
    offset: Any  # float64 (n, c)
    keep: Any  # int32 (n, m)
    flows: FlowSpectra
    frames: Any  # float32 (n, FRAMES_AT_ONCE, h, pitch, 2): half the limited velocity
    out: Any  # float32 (n, m, c, h, w)


def _upload(
    machine: Machine, problem: Problem, phi: np.ndarray, background: np.ndarray, keep: np.ndarray,
    flows: FlowSpectra,
) -> Chunk:  # fmt: skip
    """Grey values are sent as they are; what is stored of them is made on the machine."""
    xp, placed = machine.xp, problem.layout
    n, c, h, w = phi.shape
    base, offset = map(xp.asarray, split_background(background))
    grey = xp.asarray(np.ascontiguousarray(phi, np.float32))
    state = xp.empty((n, c, h, placed.pitch), np.float32)
    machine.launch("start", (-(-state.size // 256), 1), 256,
                   (grey, base, offset, np.int32(n * c), state))  # fmt: skip
    out = xp.empty((*keep.shape, c, h, w), np.float32)
    image, column = np.nonzero(keep == 0)
    if len(image):
        image = xp.asarray(image)
        out[image, xp.asarray(column)] = grey[image]
    return Chunk(
        keep.max(axis=1, initial=0).astype(np.int32), state, base, offset,
        xp.asarray(keep.astype(np.int32)), flows,
        xp.zeros((n, FRAMES_AT_ONCE, h, placed.pitch, 2), np.float32), out,
    )  # fmt: skip


@functools.lru_cache(maxsize=8)
def _segments_on(machine: Machine, problem: Problem, frames_at_once: int) -> list[Segment]:
    """All levels in segments, on the machine; those of the last 8 problems are kept."""
    schedule = problem.schedule
    made = segments(schedule, problem.speeds, problem.velocity.speed_limit, problem.spacing,
                    schedule.n_levels, frames_at_once)  # fmt: skip
    return [segment.on(machine) for segment in made]


def run_chunk(
    machine: Machine, problem: Problem, phi: np.ndarray, background: np.ndarray, keep: np.ndarray,
    flows: FlowSpectra,
) -> Any:  # fmt: skip
    """States of a chunk of images, sorted by falling last level, float32 (n, m, c, h, w)."""
    xp, placed = machine.xp, problem.layout
    chunk = _upload(machine, problem, phi, background, keep, flows)
    last, end = xp.asarray(chunk.last), problem.schedule.first_step[chunk.last.max(initial=0)]
    blocks = problem.channels // placed.channels
    for segment in _segments_on(machine, problem, FRAMES_AT_ONCE):
        if segment.start >= end:
            break
        active = int((chunk.last >= segment.level).sum())
        segment = segment.until(int(end), problem.spacing)
        make_frames(machine, problem, chunk.flows, segment, active, chunk.frames)
        scale = scales(machine, problem, chunk.flows, segment, active)
        machine.launch(
            "advance", (active * blocks * placed.cluster, 1), 32 * placed.warps,
            (chunk.state, chunk.frames, segment.steps, scale, last, chunk.keep, chunk.base,
             chunk.offset, chunk.out, np.int32(problem.channels), np.int32(FRAMES_AT_ONCE),
             np.int32(len(segment.steps)), np.int32(keep.shape[1])),
            placed.shared_bytes,
        )  # fmt: skip
    return chunk.out


def images_at_once(problem: Problem, n_keep: int, chunk_bytes: int) -> int:
    """Images of a chunk, whose arrays, and the states of the chunk before, fit ``chunk_bytes``."""
    cells, c = problem.layout.height * problem.layout.pitch, problem.channels
    frames = FRAME_BYTES * FRAMES_AT_ONCE + 16  # and the modes
    numbers = 2 * c * (1 + n_keep)  # grey values and the stored state; the states of both chunks
    each = cells * (frames + 4 * numbers) + 32 * problem.energy_rate.size
    return max(1, min(chunk_bytes // each, CELLS_AT_ONCE // problem.layout.cells))


class Take(Protocol):
    """What is done with the states of a chunk."""

    def __call__(self, rows: np.ndarray, states: Any) -> Callable[[], None]:
        """Called when the work on these states is queued; may queue more.

        Returns
        -------
        callable
            Reads them back. It is called once the next chunk is queued, so that the machine has
            work while the host waits.
        """
        ...


def run(
    machine: Machine, problem: Problem, chunk_bytes: int, phi: np.ndarray, background: np.ndarray,
    seeds: np.ndarray, keep: np.ndarray, take: Take,
) -> None:  # fmt: skip
    """Run all images in chunks of ``chunk_bytes``; ``take`` gets rows and states of each.

    Where other programs have taken the memory meanwhile, chunks become smaller.

    Raises
    ------
    NoRoom
        With the images that are left, if not even one at a time fits.
    """
    background = np.asarray(background, np.float64)
    left = np.argsort(-keep.max(axis=1, initial=0), kind="stable")
    size = min(images_at_once(problem, keep.shape[1], chunk_bytes), max(1, len(left)))

    def queue(rows: np.ndarray) -> Callable[[], None]:
        flows = draw_flows(machine, problem, seeds[rows])
        states = run_chunk(machine, problem, phi[rows], background[rows], keep[rows], flows)
        return take(rows, states)

    read: Callable[[], None] | None = None
    while len(left):
        rows, full = left[:size], None
        try:
            following = queue(rows)
        except machine.out_of_memory as error:
            full = str(error)
        # Beyond the handler, whose error holds arrays of the machine.
        if full is not None and read is None and size == 1:
            raise NoRoom(left, full)
        if read is not None:
            read()
        if full is None:
            read, left = following, left[len(rows) :]
            del following  # a second reference would keep the states beyond their reading
        else:
            read, size = None, max(1, size // 2)
            machine.release()
    if read is not None:
        read()
