"""A trajectory in segments: some hundred lattice steps and the key frames that they need.

A segment is the same for all images, but for those whose last level lies before it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from beyond_blur.lbm.gpu.machine import Machine
from beyond_blur.lbm.levels import LatticeSchedule

STEPS_AT_ONCE = 4096
"""Lattice steps per segment, unless a single pair of key frames serves more.

A choice: it bounds the scales of a segment, 8 bytes per step and image, where key frames are far
apart; elsewhere their number ends a segment first.
"""


STEP = np.dtype([("half", "f4"), ("part", "f4"), ("now", "i4"), ("after", "i4"), ("level", "i4")])
"""struct Step of kernels/common.cuh."""


class Segment(NamedTuple):
    """Some consecutive lattice steps and the key frames they need, the same for all images."""

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
        return len(self.begin) - 1

    def on(self, machine: Machine) -> Segment:
        """The same with its arrays on a machine."""
        put = machine.xp.asarray
        return self._replace(
            steps=put(self.steps.view(np.int32).reshape(len(self.steps), -1)),
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


def segments(
    schedule: LatticeSchedule, speeds: np.ndarray, speed_limit: float, spacing: int, last: int,
    frames_at_once: int,
) -> Iterator[Segment]:  # fmt: skip
    """The steps up to level ``last`` in segments of bounded memory.

    The speed limit acts at the rms speed of the level in force, so a key frame is limited once for
    every level whose steps it serves: ``frames_at_once`` counts such limited frames.

    Parameters
    ----------
    schedule : LatticeSchedule
    speeds : float64 (K + 1,)
        Rms speed of each level.
    speed_limit : float
    spacing : int
        Lattice steps between key frames.
    last : int
        Level of the last step.
    """
    level = np.repeat(np.arange(last + 1), schedule.n_lbm_steps[: last + 1])
    frame = np.arange(len(level)) // spacing
    fresh = (np.diff(level, prepend=-1) != 0) | (np.diff(frame, prepend=-1) != 0)
    bounds = np.append(np.flatnonzero(fresh), len(level))
    start = used = 0
    for low, high in itertools.pairwise(bounds):
        extra = 1 if low > start and level[low] == level[low - 1] else 2
        if low > start and (used + extra > frames_at_once or high - start > STEPS_AT_ONCE):
            yield _segment(schedule, speeds, speed_limit, spacing, start, level[start:low])
            start, used, extra = int(low), 0, 2
        used += extra
    if start < len(level):
        yield _segment(schedule, speeds, speed_limit, spacing, start, level[start:])


def _segment(
    schedule: LatticeSchedule, speeds: np.ndarray, speed_limit: float, spacing: int, start: int,
    level: np.ndarray,
) -> Segment:  # fmt: skip
    step = start + np.arange(len(level))
    frame, n_keys = step // spacing, len(speeds)
    wanted = np.concatenate([frame, frame + 1]) * n_keys + np.tile(level, 2)
    keys, place = np.unique(wanted, return_inverse=True)
    steps = np.zeros(len(level), STEP)
    steps["half"], steps["part"] = schedule.alpha[level], step % spacing / spacing
    steps["now"], steps["after"] = place.reshape(2, -1)
    steps["level"] = np.where(step + 1 == schedule.first_step[level], level, 0)
    of_frame = keys // n_keys
    begin = np.searchsorted(of_frame, np.arange(of_frame[0], of_frame[-1] + 2))
    inverse = (speeds[keys % n_keys] / speed_limit).astype(np.float32)
    speed = speeds[level].astype(np.float32)
    return Segment(
        start, int(level[0]), steps, speed, int(of_frame[0]), begin.astype(np.int32), inverse
    )
