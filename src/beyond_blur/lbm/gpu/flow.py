"""The flows of many images: modes drawn on the host, key frames and scales made on the machine."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from beyond_blur.config import Velocity
from beyond_blur.lbm.gpu.layout import Layout, fft_order
from beyond_blur.lbm.gpu.machine import Machine
from beyond_blur.lbm.gpu.segments import Course, Segment
from beyond_blur.lbm.key_frames import interpolation_gain
from beyond_blur.lbm.trajectory import Trajectory
from beyond_blur.lbm.turbulence import (
    Energy,
    RandomModes,
    energy,
    random_modes,
    steady_field,
)
from beyond_blur.lbm.units import rms_speed

STEADY_SPACING = 1024
"""Steps between the key frames, all equal, of a flow that does not change.

A choice: any spacing gives the same flow; a long one makes few frames of a segment.
"""


MOST_BLOCKS_ALONG_Y = 2**15
"""Most key frames of a batch; CUDA's grids have at most 65,535 blocks along y."""


class FlowSpectra(NamedTuple):
    """The random flows of some images, as the kernels read them."""

    waves: np.ndarray  # complex64 (n, cells, 2): modes of u^ + i v^, in the problem's order
    mean: np.ndarray  # float32 (n, 2): mean of the raw field's energy
    swing: np.ndarray  # complex64 (n, 2, m): and its swings, conjugate


class Problem(NamedTuple):
    """What all images of a call share."""

    layout: Layout
    channels: int
    course: Course
    velocity: Velocity
    wall_share: float  # see beyond_blur.lbm.coarse.flow.wall_share; 0 on the pixels' lattice
    order: np.ndarray  # int (cells,): place of each mode in its spectrum
    frame_rate: np.ndarray  # float64 (cells,): turn of the modes per key frame, in this order
    energy_rate: np.ndarray  # float64 (m,): turn of the energy's classes per lattice step
    joint: bool
    steady: np.ndarray | None  # (2, h, w)

def make_problem(
    shape: tuple[int, int], channels: int, trajectory: Trajectory, placed: Layout
) -> Problem:
    """Rates and speeds of a call for images of a shape (h, w).

    Raises
    ------
    ValueError
        For a flow between walls, whose key frames are not made on a GPU.
    """
    if trajectory.velocity.basis == "walls":
        raise ValueError(
            "velocity.basis = walls is not on the GPU; set corruption.backend to 'cpu'"
        )
    schedule, velocity = trajectory.schedule, trajectory.velocity
    none = random_modes(shape, velocity, np.zeros(0, np.int64))
    steady = steady_field(shape, velocity)
    spacing = STEADY_SPACING if steady is not None else trajectory.frame_spacing(shape)
    order = mode_order(placed)
    speeds = rms_speed(trajectory.peclet, schedule.alpha, max(shape))
    return Problem(
        placed, channels, Course(schedule, 0, speeds, velocity.speed_limit, spacing), velocity,
        0.0, order, spacing * none.omega.ravel()[order], 2 * energy(none).rate, none.joint, steady,
    )  # fmt: skip


def mode_order(placed: Layout) -> np.ndarray:
    """Place of each mode in its spectrum (cells,), as the transform of a layout takes them."""
    places = np.arange(placed.cells).reshape(placed.height, placed.width)
    if placed.frames_on_chip:
        places = places[np.ix_(fft_order(placed.height), fft_order(placed.width))]
    return places.ravel()


def draw_flows(problem: Problem, seeds: np.ndarray) -> FlowSpectra:
    """Modes of some images, each from its own seed."""
    shape = (problem.layout.height, problem.layout.width)
    modes = random_modes(shape, problem.velocity, seeds)
    gain = interpolation_gain(shape, modes.phase_step, problem.course.spacing)
    return spectra(problem, modes, energy(modes), gain)


def spectra(
    problem: Problem, modes: RandomModes, energies: Energy, gain: np.ndarray | float
) -> FlowSpectra:
    """Modes of n images of the problem's lattice, times a gain (h, w), as the kernels read them."""
    n = len(energies.mean)
    waves = np.empty((n, problem.layout.cells, 2), np.complex64)
    for i, wave in enumerate((modes.forward, modes.backward)):
        modes_of_both = (gain * (wave[:, 0] + 1j * wave[:, 1])).reshape(n, -1)
        waves[..., i] = modes_of_both[:, problem.order]
    return FlowSpectra(
        waves, energies.mean.astype(np.float32), energies.swing.conj().astype(np.complex64)
    )


def make_frames(
    machine: Machine, problem: Problem, flows: FlowSpectra, segment: Segment, table: Any,
    active: int, frames: Any,
) -> None:  # fmt: skip
    """Limited key frames of a segment, for the first ``active`` images.

    Parameters
    ----------
    machine : Machine
    problem : Problem
    flows : FlowSpectra
        Of all images, on the machine.
    segment : Segment
    table : int32 (n,), on the machine
        Which row of the segment's tables is each image's; 0 where all share one.
    active : int
    frames : float32 (n, n_limited, h, pitch, 2)
        Filled: half the limited velocity, not scaled; n_limited is at least the segment's.
    """
    begin, inverse = (machine.xp.asarray(x) for x in (segment.begin, segment.inverse))
    segment = segment._replace(begin=begin, inverse=inverse)
    if problem.steady is not None:
        _limit_steady_field(machine, problem, segment, table, active, frames)
    elif problem.layout.frames_on_chip:
        _make_frames_on_chip(machine, problem, flows, segment, table, active, frames)
    else:
        _make_frames_by_library(machine, problem, flows, segment, table, active, frames)


def _limit_steady_field(
    machine: Machine, problem: Problem, segment: Segment, table: Any, active: int, frames: Any
) -> None:
    """Every key frame from the one field of a steady flow."""
    assert problem.steady is not None
    field = np.ascontiguousarray(np.moveaxis(problem.steady, 0, -1).astype(np.float32))
    total = active * segment.n_frames
    raw = machine.xp.asarray(field)
    _limit_frames(machine, problem, segment, table, raw, (0, total), total, frames)


def _make_frames_on_chip(
    machine: Machine, problem: Problem, flows: FlowSpectra, segment: Segment, table: Any,
    active: int, frames: Any,
) -> None:  # fmt: skip
    """Each key frame by one block, its transform in shared memory."""
    placed, n_frames = problem.layout, segment.n_frames
    turn = _turns(machine, problem.frame_rate, segment.first_frame, n_frames)
    machine.launch(
        "make_frames", (active * n_frames, 1), placed.frame_threads,
        (flows.waves, turn, segment.begin, segment.inverse, table, np.int32(n_frames),
         np.int32(frames.shape[1]), np.int32(segment.inverse.shape[-1]), np.int32(problem.joint),
         np.float64(problem.wall_share), frames),
        placed.frame_bytes,
    )  # fmt: skip


def _make_frames_by_library(
    machine: Machine, problem: Problem, flows: FlowSpectra, segment: Segment, table: Any,
    active: int, frames: Any,
) -> None:  # fmt: skip
    """Key frames in batches of one size, transformed by cuFFT (NumPy in the tests)."""
    xp, placed, n_frames = machine.xp, problem.layout, segment.n_frames
    turn = _turns(machine, problem.frame_rate, segment.first_frame, n_frames)
    total = active * n_frames
    batch = max(1, min(machine.fft_cells // placed.cells, MOST_BLOCKS_ALONG_Y))
    spectra = xp.zeros((batch, placed.height, placed.width), np.complex64)
    for first in range(0, total, batch):
        machine.launch("spectra", (-(-placed.cells // 256), batch), 256,
                       (flows.waves, turn, np.int32(first), np.int32(total), np.int32(n_frames),
                        spectra))  # fmt: skip
        raw = xp.fft.ifft2(spectra, norm="forward")
        _limit_frames(machine, problem, segment, table, raw, (first, total),
                      min(batch, total - first), frames)  # fmt: skip


def _limit_frames(
    machine: Machine, problem: Problem, segment: Segment, table: Any, raw: Any,
    numbers: tuple[int, int], blocks: int, frames: Any,
) -> None:  # fmt: skip
    """Limit ``blocks`` key frames from the first of ``numbers`` (first, total) on."""
    machine.launch(
        "limit_frames", (blocks, 1), problem.layout.frame_threads,
        (raw, segment.begin, segment.inverse, table, *map(np.int32, numbers),
         np.int32(segment.n_frames), np.int32(frames.shape[1]),
         np.int32(segment.inverse.shape[-1]), np.int32(problem.steady is not None),
         np.int32(problem.joint), np.float64(problem.wall_share), frames),
    )  # fmt: skip


def _turns(machine: Machine, rate: np.ndarray, start: int, count: int) -> Any:
    """cos, sin of rate * (start + i), i < count, as complex64 (count, len(rate))."""
    xp = machine.xp
    turn = xp.empty((count, rate.size), np.complex64)
    machine.launch("turns", (-(-turn.size // 256), 1), 256,
                   (xp.asarray(rate), np.int32(rate.size), np.float64(start), np.int32(count),
                    turn))  # fmt: skip
    return turn


def scales(
    machine: Machine, problem: Problem, flows: FlowSpectra, segment: Segment, table: Any,
    active: int,
) -> Any:  # fmt: skip
    """What brings limited frames to the velocity of each step, float32 (active, n_steps, 2).

    Arguments are those of :func:`make_frames`.
    """
    xp, n_steps, m = machine.xp, segment.n_steps, problem.energy_rate.size
    speed = xp.asarray(segment.speed)
    if problem.steady is not None:
        return xp.ascontiguousarray(xp.broadcast_to(speed[:, None], (active, n_steps, 2)))
    turn = _turns(machine, problem.energy_rate, segment.start, n_steps)
    scale = xp.empty((active, n_steps, 2), np.float32)
    machine.launch("scales", (-(-n_steps // 64), -(-2 * active // 64)), 256,
                   (flows.mean, flows.swing, turn, speed, table, np.int32(2 * active),
                    np.int32(m), np.int32(n_steps), scale))  # fmt: skip
    return scale
