"""The last steps of many levels at once: each level's own, in tables of one length.

Over coarser lattices every wanted level ends with some hundred steps of its own on pixels
(:mod:`beyond_blur.lbm.coarse.plan`). Run level by level they would leave a card nearly empty, so
all tails start together: step j of a tail is step j of the table, key frame 0 the one at or before
its first step, and each tail reads its own row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from beyond_blur.lbm.gpu.segments import STEP, Course, Segment, segment


class Tails(NamedTuple):
    """What the tails of some levels have in common."""

    row: np.ndarray  # int (K + 1,): of each level in the tables; -1 without a tail
    first: np.ndarray  # int (rows,): lattice steps done before each tail
    lengths: np.ndarray  # int32 (rows,): steps of each tail
    segments: list[Segment]  # steps, speeds and key frames counted from the start of each tail


def tables(courses: Sequence[Course], frames_at_once: int) -> list[Segment]:
    """Tails in segments that need at most so many limited key frames of any tail.

    A step that ends a tail has its number of steps as its level, and no other step has one.

    Parameters
    ----------
    courses : sequence of Course
        One tail each; all with the same spacing of key frames.
    frames_at_once : int

    Returns
    -------
    list of Segment
        With tables (rows, ...), one row for each course, zeros where a tail has ended.
    """
    parts = [
        np.repeat(np.arange(len(course.speeds)), course.steps.n_lbm_steps) for course in courses
    ]
    costs = [
        np.cumsum(_new_frames(course, part)) for course, part in zip(courses, parts, strict=True)
    ]
    made, start = [], 0
    while start < max((len(part) for part in parts), default=0):
        stop = min(
            len(cost)
            if cost[-1] - cost[start] <= frames_at_once - 2
            else int(np.searchsorted(cost, cost[start] + frames_at_once - 2, "right"))
            for cost in costs
            if start < len(cost)
        )
        stop = max(stop, start + 1)
        made.append(_table(courses, parts, start, stop))
        start = stop
    return made


def _new_frames(course: Course, part: np.ndarray) -> np.ndarray:
    """Limited key frames that each step of a course needs beyond those of the step before."""
    frame = (course.first + np.arange(len(part))) // course.spacing
    other_part = np.diff(part, prepend=-1) != 0
    return np.where(other_part, 2, np.diff(frame, prepend=-1) != 0)


def _table(
    courses: Sequence[Course], parts: Sequence[np.ndarray], start: int, stop: int
) -> Segment:
    """Steps ``start`` to ``stop`` of every tail."""
    pieces = {}
    for row, (course, part) in enumerate(zip(courses, parts, strict=True)):
        if start < len(part):
            piece = segment(course, start, part[start:stop])
            pieces[row] = piece._replace(
                first_frame=piece.first_frame - course.first // course.spacing
            )
    low = min(piece.first_frame for piece in pieces.values())
    n_frames = max(piece.first_frame - low + piece.n_frames for piece in pieces.values())
    shape = (len(courses), stop - start)
    steps, speed = np.zeros(shape, STEP), np.zeros(shape, np.float32)
    begin = np.zeros((len(courses), n_frames + 1), np.int32)
    n_limited = max(len(piece.inverse) for piece in pieces.values())
    inverse = np.zeros((len(courses), n_limited), np.float32)
    for row, piece in pieces.items():
        n, at, length = piece.n_steps, piece.first_frame - low, len(parts[row])
        steps[row, :n], speed[row, :n] = piece.steps, piece.speed
        steps[row, :n]["level"] = np.where(np.arange(start + 1, start + n + 1) == length, length, 0)
        begin[row, at : at + piece.n_frames + 1] = piece.begin
        begin[row, at + piece.n_frames + 1 :] = piece.begin[-1]
        inverse[row, : len(piece.inverse)] = piece.inverse
    return Segment(start, start + 1, steps, speed, low, begin, inverse)
