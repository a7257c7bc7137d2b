"""Images in chunks, and each chunk segment by segment through the stages on a machine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any, NamedTuple

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

A choice, not measured: enough blocks to fill a card several times, and few enough that the flows of
the next chunk are drawn while this one runs.
"""


CELLS_PER_DRAW = 2**18
"""Most pixels of the images whose flows are drawn in one call.

A choice: it bounds the double-precision temporaries of a call, 64 bytes a pixel and more.
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
    table: Any  # int32 (n,): row of a segment's tables
    frames: Any  # float32 (n, n_limited, h, pitch, 2): half the limited velocity
    out: Any  # float32 (n, m, c, h, w)


def upload(
    machine: Machine, problem: Problem, phi: np.ndarray, background: np.ndarray, keep: np.ndarray,
    flows: FlowSpectra, frames: int = 1,
) -> Chunk:  # fmt: skip
    """A chunk of clean images on the machine, with key frames of so many flows per image."""
    xp, placed = machine.xp, problem.layout
    n, c, h, w = phi.shape
    base, offset = split_background(background)
    start = np.zeros((n, c, h, placed.pitch), np.float32)
    start[..., :w] = (phi + offset[:, :, None, None]) / base[:, :, None, None]
    out = xp.empty((*keep.shape, c, h, w), np.float32)
    image, column = np.nonzero(keep == 0)
    if len(image):
        out[xp.asarray(image), xp.asarray(column)] = xp.asarray(phi[image])
    return Chunk(
        keep.max(axis=1, initial=0).astype(np.int32), xp.asarray(start), xp.asarray(base),
        xp.asarray(offset), xp.asarray(keep.astype(np.int32)),
        FlowSpectra(*(xp.asarray(np.ascontiguousarray(x)) for x in flows)),
        xp.zeros(n, np.int32), xp.zeros((frames * n, FRAMES_AT_ONCE, h, placed.pitch, 2), np.float32), out,
    )  # fmt: skip


def run_chunk(
    machine: Machine, problem: Problem, phi: np.ndarray, background: np.ndarray, keep: np.ndarray,
    flows: FlowSpectra,
) -> Any:  # fmt: skip
    """States of a chunk of images, sorted by falling last level, float32 (n, m, c, h, w)."""
    chunk = upload(machine, problem, phi, background, keep, flows)
    last = int(chunk.last.max(initial=0))
    advance(machine, problem, chunk, segments(problem.course, last, FRAMES_AT_ONCE))
    return chunk.out


def advance(
    machine: Machine, problem: Problem, chunk: Chunk, course: Iterable[Segment]
) -> None:
    """Take a chunk's states through segments that follow each other, and keep what is wanted."""
    xp, placed = machine.xp, problem.layout
    last, blocks = xp.asarray(chunk.last), problem.channels // placed.channels
    for segment in course:
        active = int((chunk.last >= segment.level).sum())
        if active == 0:
            break
        make_frames(machine, problem, chunk.flows, segment, chunk.table, active, chunk.frames)
        scale = scales(machine, problem, chunk.flows, segment, chunk.table, active)
        steps = xp.asarray(segment.steps.view(np.int32))
        machine.launch(
            "advance", (active * blocks * placed.cluster, 1), 32 * placed.warps,
            (chunk.state, chunk.frames, steps, chunk.table, scale, last, chunk.keep, chunk.base,
             chunk.offset, chunk.out, np.int32(problem.channels), np.int32(chunk.frames.shape[1]),
             np.int32(segment.n_steps), np.int32(chunk.keep.shape[1])),
            placed.shared_bytes,
        )  # fmt: skip


def images_at_once(problem: Problem, n_keep: int, chunk_bytes: int) -> int:
    """Images of a chunk, whose arrays take up to ``chunk_bytes``."""
    cells, c = problem.layout.height * problem.layout.pitch, problem.channels
    frames = FRAME_BYTES * FRAMES_AT_ONCE + 16  # and the modes
    each = cells * (frames + 4 * c * (1 + n_keep)) + 16 * problem.energy_rate.size
    return max(1, min(chunk_bytes // each, CELLS_AT_ONCE // problem.layout.cells))


def _drawn_ahead(
    problem: Problem, seeds: np.ndarray, chunks: list[np.ndarray], threads: int
) -> Iterator[tuple[np.ndarray, FlowSpectra]]:
    """Chunks with their flows, drawn on ``threads`` threads while the chunk before is run."""

    def submit(pool: Executor, rows: np.ndarray) -> list[Future[FlowSpectra]]:
        parts = np.array_split(
            rows, max(threads, len(rows) * problem.layout.cells // CELLS_PER_DRAW)
        )
        return [pool.submit(draw_flows, problem, seeds[part]) for part in parts if len(part)]

    with ThreadPoolExecutor(threads) as pool:
        ahead = [submit(pool, rows) for rows in chunks[:1]]
        for i, rows in enumerate(chunks):
            drawn = [part.result() for part in ahead.pop()]
            ahead = [submit(pool, following) for following in chunks[i + 1 : i + 2]]
            yield rows, FlowSpectra(*map(np.concatenate, zip(*drawn, strict=True)))


def run(
    machine: Machine, problem: Problem, chunk_bytes: int, phi: np.ndarray, background: np.ndarray,
    seeds: np.ndarray, keep: np.ndarray, threads: int, take: Callable[[np.ndarray, Any], None],
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
    while len(left):
        chunks = [left[i : i + size] for i in range(0, len(left), size)]
        try:
            for rows, flows in _drawn_ahead(problem, seeds, chunks, threads):
                take(
                    rows,
                    run_chunk(machine, problem, phi[rows], background[rows], keep[rows], flows),
                )
                left = left[len(rows) :]
        except machine.out_of_memory as error:
            if size == 1:
                raise NoRoom(left, str(error)) from error
            size //= 2
            machine.release()
