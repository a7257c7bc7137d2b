"""The lattices of a trajectory on the machine: problems, and steps in segments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from beyond_blur.lbm.coarse.plan import Plan, Stretch, plan
from beyond_blur.lbm.gpu.chunks import FRAMES_AT_ONCE
from beyond_blur.lbm.gpu.coarse_flow import cell_problem, draw_on_lattices
from beyond_blur.lbm.gpu.flow import FlowSpectra, Problem, make_problem
from beyond_blur.lbm.gpu.layout import Layout
from beyond_blur.lbm.gpu.machine import Machine
from beyond_blur.lbm.gpu.segments import Course, Segment, segments
from beyond_blur.lbm.gpu.tails import Tails, tables
from beyond_blur.lbm.levels import LatticeSchedule
from beyond_blur.lbm.trajectory import Trajectory
from beyond_blur.lbm.units import rms_speed

class Lattice(NamedTuple):
    """A lattice of the trunk, and the steps on it."""

    machine: Machine
    problem: Problem
    segments: list[Segment]


@dataclass(frozen=True, eq=False)
class Lattices:
    """What all images of a call share.

    Attributes
    ----------
    trunk : list of Lattice
        The pixels' first.
    place : int (K + 1,)
        Where on the trunk each level's branch leaves.
    part : int (K + 1,)
        The part of that stretch after which it does.
    straight : bool (K + 1,)
        Whether the level lies on the trunk itself.
    beyond : list of Segment
        Steps on pixels beyond the trunk's: to levels that lie less than a tail behind the switch.
    tails : Tails
        Of all levels that coarse steps lead to.
    """

    trunk: list[Lattice]
    place: np.ndarray
    part: np.ndarray
    straight: np.ndarray
    beyond: list[Segment]
    tails: Tails

    def draw(self, seeds: np.ndarray) -> list[FlowSpectra]:
        """The flows of some images on every lattice."""
        return draw_on_lattices([lattice.problem for lattice in self.trunk], seeds)


def make_lattices(
    shape: tuple[int, int], channels: int, trajectory: Trajectory,
    on: Callable[[tuple[int, int]], tuple[Layout, Machine]],
) -> Lattices:  # fmt: skip
    """The lattices of images (h, w) whose layouts and machines ``on`` makes for a shape."""
    ways, (placed, machine) = plan(trajectory.schedule, shape), on(shape)
    pixels = make_problem(shape, channels, trajectory, placed)
    course = pixels.course._replace(steps=ways.trunk[0])
    course = course._replace(speeds=rms_speed(trajectory.peclet, course.steps.alpha, max(shape)))
    trunk = [Lattice(machine, pixels, _whole(course, FRAMES_AT_ONCE))]
    room = FRAMES_AT_ONCE * placed.height * placed.pitch
    for stretch in ways.trunk[1:]:
        coarse, there = on((shape[0] // stretch.factor, shape[1] // stretch.factor))
        problem = cell_problem(shape, channels, trajectory, coarse, stretch)
        frames = room // (coarse.height * coarse.pitch)
        trunk.append(Lattice(there, problem, _whole(problem.course, frames)))
    return Lattices(
        trunk, np.array([b.stretch for b in ways.branches]),
        np.array([b.part for b in ways.branches]),
        np.array([b.tail is None for b in ways.branches]),
        _beyond(ways, trajectory.schedule, pixels.course),
        _tails(ways, pixels.course, trajectory.peclet, max(shape)),
    )  # fmt: skip


def _whole(course: Course, frames_at_once: int) -> list[Segment]:
    return list(segments(course, len(course.speeds) - 1, frames_at_once))


def _beyond(ways: Plan, schedule: LatticeSchedule, pixels: Course) -> list[Segment]:
    """The schedule's steps from the trunk's first switch to the last level on pixels alone."""
    if len(ways.trunk) == 1:
        return []
    second = ways.trunk[1]
    start = second.first * second.factor**2
    last = max(k for k, branch in enumerate(ways.branches) if branch.stretch == 0)
    left = np.diff(np.maximum(schedule.first_step, start), prepend=start)
    rest = Stretch(1, start, left, schedule.alpha)
    return list(segments(pixels._replace(steps=rest, first=start), last, FRAMES_AT_ONCE))


def _tails(ways: Plan, pixels: Course, peclet: float, size: int) -> Tails:
    """The tails of levels that coarse steps lead to."""
    row, courses = np.full(len(ways.branches), -1), []
    for level, branch in enumerate(ways.branches):
        if branch.stretch > 0 and branch.tail is not None:
            row[level] = len(courses)
            speeds = rms_speed(peclet, branch.tail.alpha, size)
            courses.append(
                pixels._replace(steps=branch.tail, first=branch.tail.first, speeds=speeds)
            )
    lengths = np.array([course.steps.n_lbm_steps.sum() for course in courses], np.int32)
    first = np.array([course.first for course in courses])
    return Tails(row, first, lengths, tables(courses, FRAMES_AT_ONCE))
