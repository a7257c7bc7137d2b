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
from beyond_blur.lbm.gpu.segments import Course, Segment, whole_course
from beyond_blur.lbm.gpu.tails import Tails, tables
from beyond_blur.lbm.levels import LatticeSchedule
from beyond_blur.lbm.trajectory import Trajectory
from beyond_blur.lbm.units import rms_speed


class Stage(NamedTuple):
    """Steps that images take together on one lattice."""

    machine: Machine
    problem: Problem
    course: Course
    segments: list[Segment]  # all of the course, on the machine


@dataclass(frozen=True, eq=False)
class Lattices:
    """What all images of a call share.

    Attributes
    ----------
    trunk : list of Stage
        On ever coarser lattices, the pixels' first.
    place : int (K + 1,)
        Where on the trunk each level's branch leaves.
    part : int (K + 1,)
        The part of that stage after which it does.
    straight : bool (K + 1,)
        Whether the level lies on the trunk itself.
    beyond : Stage
        From the end of the trunk's pixels to levels so close behind it that no coarse step fits;
        its parts are levels.
    tails : Tails
        Of all levels that coarse steps lead to.
    """

    trunk: list[Stage]
    place: np.ndarray
    part: np.ndarray
    straight: np.ndarray
    beyond: Stage
    tails: Tails

    def draw(self, seeds: np.ndarray) -> list[FlowSpectra]:
        """The flows of some images on every lattice of the trunk."""
        problems = [stage.problem for stage in self.trunk]
        return draw_on_lattices(self.trunk[0].machine, problems, seeds)


def make_lattices(
    shape: tuple[int, int], channels: int, trajectory: Trajectory,
    on: Callable[[tuple[int, int]], tuple[Layout, Machine]],
) -> Lattices:  # fmt: skip
    """The lattices that images (h, w) pass through.

    Parameters
    ----------
    shape : (height, width)
    channels : int
    trajectory : Trajectory
        With a random flow, mirror walls and a Peclet number above 0.
    on : callable
        Layout and machine for fields of a shape.
    """
    ways, (placed, machine) = plan(trajectory.schedule, shape), on(shape)
    problem = make_problem(machine, shape, channels, trajectory, placed)
    room = FRAMES_AT_ONCE * placed.height * placed.pitch
    trunk = [_stage(machine, problem, _on_pixels(problem, ways.trunk[0], trajectory), room)]
    for stretch in ways.trunk[1:]:
        coarse, there = on((shape[0] // stretch.factor, shape[1] // stretch.factor))
        on_cells = cell_problem(there, problem, trajectory, coarse, stretch)
        trunk.append(_stage(there, on_cells, on_cells.course, room))
    branches = ways.branches
    return Lattices(
        trunk, np.array([branch.stretch for branch in branches]),
        np.array([branch.part for branch in branches]),
        np.array([branch.tail is None for branch in branches]),
        _stage(machine, problem, _beyond(problem.course, ways, trajectory.schedule), room),
        _tails(machine, problem, ways, trajectory),
    )  # fmt: skip


def _stage(machine: Machine, problem: Problem, course: Course, room: int) -> Stage:
    """A course in segments whose limited key frames have so many cells, padding included."""
    frames_at_once = room // (problem.layout.height * problem.layout.pitch)
    return Stage(machine, problem, course, whole_course(machine, course, frames_at_once))


def _on_pixels(problem: Problem, stretch: Stretch, trajectory: Trajectory) -> Course:
    """Other steps of the pixels' lattice than those of the schedule, under the same flow."""
    size = max(problem.layout.height, problem.layout.width)
    return problem.course._replace(
        steps=stretch, first=stretch.first,
        speeds=rms_speed(trajectory.peclet, stretch.alpha, size),
    )  # fmt: skip


def _beyond(pixels: Course, ways: Plan, schedule: LatticeSchedule) -> Course:
    """The schedule's steps from the end of the trunk's pixels to the last level on pixels alone."""
    first = int(ways.trunk[0].n_lbm_steps.sum())
    last = max(k for k, branch in enumerate(ways.branches) if branch.stretch == 0)
    n_steps = np.diff(np.maximum(schedule.first_step[: last + 1], first), prepend=first)
    rest = Stretch(1, first, n_steps, schedule.alpha[: last + 1])
    return pixels._replace(steps=rest, first=first, speeds=pixels.speeds[: last + 1])


def _tails(machine: Machine, problem: Problem, ways: Plan, trajectory: Trajectory) -> Tails:
    """The tails of levels that coarse steps lead to."""
    row = np.full(len(ways.branches), -1)
    courses: list[Course] = []
    for level, branch in enumerate(ways.branches):
        if branch.stretch > 0 and branch.tail is not None:
            row[level] = len(courses)
            courses.append(_on_pixels(problem, branch.tail, trajectory))
    lengths = np.array([course.steps.n_lbm_steps.sum() for course in courses], np.int32)
    first = np.array([course.first for course in courses])
    made = [each.on(machine) for each in tables(courses, FRAMES_AT_ONCE)]
    return Tails(row, first, lengths, made)
