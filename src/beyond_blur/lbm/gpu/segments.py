"""A course in segments: some hundred lattice steps and the key frames that they need.

A segment is the same for all images, but for those whose last level lies before it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from beyond_blur.lbm.gpu.machine import Machine
from beyond_blur.lbm.levels import Steps

STEPS_AT_ONCE = 4096
"""Lattice steps per segment, unless a single pair of key frames serves more.

A choice: it bounds the scales of a segment, 8 bytes per step and image, where key frames are far
apart; elsewhere their number ends a segment first.
"""


STEP = np.dtype([("half", "f4"), ("part", "f4"), ("now", "i4"), ("after", "i4"), ("level", "i4")])
"""struct Step of kernels/common.cuh."""


class Segment(NamedTuple):
    """Some consecutive lattice steps and the key frames they need.

    Its arrays are those of all images, or tables (rows, ...) of which each image has one row.
    """

    start: int  # lattice steps done before
    level: int  # of the first step
    steps: Any  # STEP (n_steps,), or as int32 (n_steps, 5) on a machine
    speed: Any  # float32 (n_steps,): rms speed
    first_frame: int
    begin: Any  # int32 (n_frames + 1,): first limited frame of each key frame
    inverse: Any  # float32 (n_limited,): rms speed / speed limit of each limited frame

    @property
    def n_frames(self) -> int:
        """Its key frames, before they are limited."""
        return int(self.begin.shape[-1]) - 1

    @property
    def n_steps(self) -> int:
        """Its lattice steps."""
        return int(self.speed.shape[-1])

    def on(self, machine: Machine) -> Segment:
        """The same with its arrays on a machine."""
        put = machine.xp.asarray
        return self._replace(
            steps=put(self.steps.view(np.int32).reshape(*self.steps.shape, -1)),
            speed=put(self.speed), begin=put(self.begin), inverse=put(self.inverse),
        )  # fmt: skip

    def until(self, end: int, spacing: int) -> Segment:
        """Its steps before lattice step ``end``, and the key frames, ``spacing`` apart, of these.

        Of a last key frame there may be more limited frames than are needed.
        """
        n_steps = min(len(self.steps), end - self.start)
        n_frames = (self.start + n_steps - 1) // spacing + 2 - self.first_frame
        return self._replace(
            steps=self.steps[:n_steps], speed=self.speed[:n_steps],
            begin=self.begin[: n_frames + 1],
        )  # fmt: skip


class Course(NamedTuple):
    """Lattice steps one after the other on one lattice, with the flow's speed in them."""

    steps: Steps  # in parts of equal diffusivity, such as levels
    first: int  # lattice steps done before
    speeds: np.ndarray  # float64 (m + 1,): rms speed in the steps of each part
    speed_limit: float
    spacing: int  # lattice steps between key frames

    @property
    def ends(self) -> np.ndarray:
        """int64 (m + 1,): lattice steps done, those before included, at the end of every part."""
        ends: np.ndarray = self.first + np.cumsum(self.steps.n_lbm_steps)
        return ends


def segments(course: Course, last: int, frames_at_once: int) -> Iterator[Segment]:
    """The steps up to the end of part ``last`` in segments of bounded memory.

    The speed limit acts at the rms speed of the part in force, so a key frame is limited once for
    every part whose steps it serves: ``frames_at_once`` counts such limited frames.

    Parameters
    ----------
    course : Course
    last : int
        Part of the last step.
    frames_at_once : int
    """
    level = np.repeat(np.arange(last + 1), course.steps.n_lbm_steps[: last + 1])
    frame = (course.first + np.arange(len(level))) // course.spacing
    fresh = (np.diff(level, prepend=-1) != 0) | (np.diff(frame, prepend=-1) != 0)
    bounds = np.append(np.flatnonzero(fresh), len(level))
    start = used = 0
    for low, high in itertools.pairwise(bounds):
        extra = 1 if low > start and level[low] == level[low - 1] else 2
        if low > start and (used + extra > frames_at_once or high - start > STEPS_AT_ONCE):
            yield segment(course, start, level[start:low])
            start, used, extra = int(low), 0, 2
        used += extra
    if start < len(level):
        yield segment(course, start, level[start:])


def whole_course(machine: Machine, course: Course, frames_at_once: int) -> list[Segment]:
    """All parts of a course in segments, on a machine."""
    made = segments(course, len(course.speeds) - 1, frames_at_once)
    return [each.on(machine) for each in made]


def segment(course: Course, start: int, level: np.ndarray) -> Segment:
    """The steps of these parts, one number each, after the first ``start`` of a course."""
    step = course.first + start + np.arange(len(level))
    frame, n_keys = step // course.spacing, len(course.speeds)
    wanted = np.concatenate([frame, frame + 1]) * n_keys + np.tile(level, 2)
    keys, place = np.unique(wanted, return_inverse=True)
    steps = np.zeros(len(level), STEP)
    steps["half"], steps["part"] = course.steps.alpha[level], step % course.spacing / course.spacing
    steps["now"], steps["after"] = place.reshape(2, -1)
    steps["level"] = np.where(step + 1 == course.ends[level], level, 0)
    of_frame = keys // n_keys
    begin = np.searchsorted(of_frame, np.arange(of_frame[0], of_frame[-1] + 2))
    inverse = (course.speeds[keys % n_keys] / course.speed_limit).astype(np.float32)
    speed = course.speeds[level].astype(np.float32)
    return Segment(
        int(step[0]), int(level[0]), steps, speed, int(of_frame[0]), begin.astype(np.int32), inverse
    )
