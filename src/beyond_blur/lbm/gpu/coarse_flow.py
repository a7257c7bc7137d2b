"""Flows of the GPU solver on coarser cells, and as they go on from some later step."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from beyond_blur.config import Velocity
from beyond_blur.lbm.coarse.flow import coarse_factors, wall_share
from beyond_blur.lbm.coarse.plan import Stretch
from beyond_blur.lbm.gpu.draw import draw_energy, draw_waves, mode_table, philox_keys
from beyond_blur.lbm.gpu.flow import FlowSpectra, Problem, mode_order
from beyond_blur.lbm.gpu.layout import Layout
from beyond_blur.lbm.gpu.machine import Machine
from beyond_blur.lbm.gpu.segments import Course
from beyond_blur.lbm.trajectory import Trajectory
from beyond_blur.lbm.turbulence import phase_rates
from beyond_blur.lbm.units import rms_speed


def cell_problem(
    machine: Machine, pixels: Problem, trajectory: Trajectory, placed: Layout, stretch: Stretch
) -> Problem:
    """What images share on the cells of a stretch, which lie as ``placed`` says.

    The flow is made anew at every step; the same speed is ``factor`` times as many cells per step.

    Parameters
    ----------
    machine : Machine
    pixels : Problem
        Of the same images on the pixels' lattice.
    trajectory : Trajectory
    placed : Layout
    stretch : Stretch
    """
    velocity, factor, put = trajectory.velocity, stretch.factor, machine.xp.asarray
    shape, order = (pixels.layout.height, pixels.layout.width), mode_order(placed)
    kept, modes = _modes(shape, velocity, factor)
    omega = phase_rates(shape, velocity.phase_step)[np.ix_(*kept)] * factor**2
    speeds = rms_speed(trajectory.peclet, stretch.alpha, max(shape) // factor)
    course = Course(stretch, stretch.first, speeds, velocity.speed_limit * factor, 1)
    return replace(
        pixels,
        layout=placed, course=course, wall_share=wall_share(factor),
        modes=put(modes.ravel()[order].view(np.uint8)), begin=None, members=None,
        frame_rate=put(omega.ravel()[order]), energy_rate=pixels.energy_rate * factor**2,
    )  # fmt: skip


def _modes(
    shape: tuple[int, int], velocity: Velocity, factor: int
) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
    """The modes (h, w) of images that coarse cells hold: places, and table with their factors."""
    kept, *factors = coarse_factors(shape, velocity.phase_step, factor)
    rows = np.ix_(*kept)
    whole = np.zeros((2, 2, *shape), np.complex128)
    for on_all, on_kept in zip(whole, factors, strict=True):
        on_all[:, rows[0], rows[1]] = on_kept
    return kept, mode_table(shape, velocity, *whole)[rows]


def draw_on_lattices(
    machine: Machine, problems: list[Problem], seeds: np.ndarray
) -> list[FlowSpectra]:
    """The flows of some images on the pixels' lattice, whose problem is first, and on coarser.

    On coarser cells the mean square is that in the middle of a step, as
    :func:`beyond_blur.lbm.coarse.flow.coarse_energy` has it.
    """
    xp, keys, pixels = machine.xp, machine.xp.asarray(philox_keys(seeds)), problems[0]
    mean, swing = draw_energy(machine, keys, pixels.modes, pixels.begin, pixels.members,
                              pixels.joint)  # fmt: skip
    drawn = []
    for problem in problems:
        n_steps = (pixels.layout.width // problem.layout.width) ** 2
        to_middle = xp.exp(-0.5j * (n_steps - 1) * pixels.energy_rate).astype(np.complex64)
        waves = draw_waves(machine, keys, problem.modes, problem.layout.cells)
        drawn.append(FlowSpectra(waves, mean, swing * to_middle))
    return drawn


def later(
    machine: Machine, problem: Problem, flows: FlowSpectra, image: Any, first: np.ndarray, row: Any
) -> FlowSpectra:
    """Flows as they go on after some lattice steps, with time and key frames counted from there.

    Parameters
    ----------
    machine : Machine
    problem : Problem
    flows : FlowSpectra
        Of all images, on the machine.
    image : int (n,), on the machine
        Whose flow each of the n is.
    first : int (m,)
        Lattice steps; key frame 0 is then the one at or before each.
    row : int (n,), on the machine
        Which of these steps each of the n goes on from.
    """
    xp = machine.xp

    def turned(count: np.ndarray, rate: Any) -> Any:
        phase = xp.asarray(count)[:, None] * rate
        return xp.exp(1j * phase).astype(np.complex64)[row]

    turn = turned(first // problem.course.spacing, problem.frame_rate)
    waves = flows.waves[image]
    waves[..., 0] *= turn
    waves[..., 1] *= turn.conj()
    swing = flows.swing[image] * turned(first, problem.energy_rate).conj()[:, None]
    return FlowSpectra(waves, flows.mean[image], swing)
