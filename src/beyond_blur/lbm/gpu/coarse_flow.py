"""Flows of the GPU solver on coarser cells, and as they go on from some later step."""

from __future__ import annotations

from typing import Any

import numpy as np

from beyond_blur.lbm.coarse.flow import coarse_energy, coarse_modes, wall_share
from beyond_blur.lbm.coarse.plan import Stretch
from beyond_blur.lbm.gpu.flow import FlowSpectra, Problem, mode_order, spectra
from beyond_blur.lbm.gpu.layout import Layout
from beyond_blur.lbm.gpu.machine import Machine
from beyond_blur.lbm.gpu.segments import Course
from beyond_blur.lbm.key_frames import interpolation_gain
from beyond_blur.lbm.trajectory import Trajectory
from beyond_blur.lbm.turbulence import energy, random_modes
from beyond_blur.lbm.units import rms_speed


def cell_problem(
    shape: tuple[int, int], channels: int, trajectory: Trajectory, placed: Layout, stretch: Stretch
) -> Problem:
    """What images (h, w) share on the cells of a stretch, which lie as ``placed`` says.

    The flow is made anew at every step; the same speed is ``factor`` times as many cells per step.
    """
    velocity, factor = trajectory.velocity, stretch.factor
    none = random_modes(shape, velocity, np.zeros(0, np.int64))
    coarse, order = coarse_modes(none, factor), mode_order(placed)
    course = Course(
        stretch, stretch.first,
        rms_speed(trajectory.peclet, stretch.alpha, max(shape) // factor),
        velocity.speed_limit * factor, 1,
    )  # fmt: skip
    return Problem(
        placed, channels, course, velocity, wall_share(factor), order, coarse.omega.ravel()[order],
        2 * coarse_energy(energy(none), factor).rate, none.joint, None,
    )  # fmt: skip


def draw_on_lattices(problems: list[Problem], seeds: np.ndarray) -> list[FlowSpectra]:
    """The flows of some images on the pixels' lattice, whose problem is first, and on coarser."""
    pixels, *coarser = problems
    shape = (pixels.layout.height, pixels.layout.width)
    modes = random_modes(shape, pixels.velocity, seeds)
    energies = energy(modes)
    gain = interpolation_gain(shape, modes.phase_step, pixels.course.spacing)
    drawn = [spectra(pixels, modes, energies, gain)]
    for problem in coarser:
        factor = pixels.layout.width // problem.layout.width
        drawn.append(
            spectra(problem, coarse_modes(modes, factor), coarse_energy(energies, factor), 1.0)
        )
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

    def turned(count: np.ndarray, rate: np.ndarray) -> Any:
        phase = xp.asarray(count)[:, None] * xp.asarray(rate)
        return xp.exp(1j * phase).astype(np.complex64)[row]

    turn = turned(first // problem.course.spacing, problem.frame_rate)
    waves = flows.waves[image]
    waves[..., 0] *= turn
    waves[..., 1] *= turn.conj()
    swing = flows.swing[image] * turned(first, problem.energy_rate).conj()[:, None]
    return FlowSpectra(waves, flows.mean[image], swing)
