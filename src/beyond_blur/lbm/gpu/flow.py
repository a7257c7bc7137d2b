"""The flows of many images, made on the machine: modes, key frames and scales."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from beyond_blur.config import Velocity
from beyond_blur.lbm.gpu.draw import (
    class_members,
    draw_energy,
    draw_waves,
    mode_table,
    philox_keys,
)
from beyond_blur.lbm.gpu.layout import Layout, fft_order
from beyond_blur.lbm.gpu.machine import Machine
from beyond_blur.lbm.gpu.segments import Segment
from beyond_blur.lbm.key_frames import interpolation_gain
from beyond_blur.lbm.levels import LatticeSchedule
from beyond_blur.lbm.trajectory import Trajectory
from beyond_blur.lbm.turbulence import energy_classes, phase_rates, steady_field
from beyond_blur.lbm.units import rms_speed

STEADY_SPACING = 1024
"""Steps between the key frames, all equal, of a flow that does not change.

A choice: any spacing gives the same flow; a long one makes few frames of a segment.
"""


MOST_BLOCKS_ALONG_Y = 2**15
"""Most key frames of a batch; CUDA's grids have at most 65,535 blocks along y."""


class FlowSpectra(NamedTuple):
    """The random flows of some images, on the machine."""

    waves: Any  # complex64 (n, cells, 2): modes of u^ + i v^, in the problem's order
    mean: Any  # float32 (n, 2): mean of the raw field's energy
    swing: Any  # complex64 (n, 2, m): and its swings, conjugate


@dataclass(frozen=True, eq=False)
class Problem:
    """What all images of a call share; remembered, and told from others by being the same one.

    Attributes
    ----------
    layout : Layout
    channels : int
    schedule : LatticeSchedule
    speeds : float64 (K + 1,)
        Rms speed at each level, cells per step.
    velocity : Velocity
    spacing : int
        Lattice steps between key frames.
    modes : MODE (cells,) as bytes, on the machine
        In the order in which its FFT takes them.
    begin, members : int32 (m + 1,) and (cells,), on the machine
        Classes of modes of one |n|, see :func:`beyond_blur.lbm.gpu.draw.class_members`.
    frame_rate : float64 (cells,), on the machine
        Turn of the modes per key frame, radians.
    energy_rate : float64 (m,), on the machine
        Turn of the energy's classes per lattice step, radians.
    joint : bool
        Whether both components are scaled by one factor.
    steady : float32 (h, w, 2), on the machine, or None
        The unit field of a flow without randomness.
    """

    layout: Layout
    channels: int
    schedule: LatticeSchedule
    speeds: np.ndarray
    velocity: Velocity
    spacing: int
    modes: Any
    begin: Any
    members: Any
    frame_rate: Any
    energy_rate: Any
    joint: bool
    steady: Any


@functools.lru_cache(maxsize=8)
def make_problem(
    machine: Machine, shape: tuple[int, int], channels: int, trajectory: Trajectory, placed: Layout
) -> Problem:
    """What images of a shape (h, w) share, with its tables on the machine; the last 8 are kept.

    Raises
    ------
    ValueError
        For a flow between walls, whose key frames are not made on a GPU, and if the velocity's band
        holds no mode of this grid.
    """
    velocity, schedule, put = trajectory.velocity, trajectory.schedule, machine.xp.asarray
    if velocity.basis == "walls":
        raise ValueError(
            "velocity.basis = walls is not on the GPU; set corruption.backend to 'cpu'"
        )
    steady = steady_field(shape, velocity)
    spacing = STEADY_SPACING if steady is not None else trajectory.frame_spacing(shape)
    order, omega = mode_order(placed), phase_rates(shape, velocity.phase_step)
    rate, group = energy_classes(shape, float(omega.max()))
    begin, members = class_members(group, order)
    gain = interpolation_gain(shape, velocity.phase_step, spacing)
    modes = mode_table(shape, velocity, gain, gain).ravel()[order]
    return Problem(
        placed, channels, schedule, rms_speed(trajectory.peclet, schedule.alpha, max(shape)),
        velocity, spacing, put(modes.view(np.uint8)), put(begin), put(members),
        put(spacing * omega.ravel()[order]), put(2 * rate), velocity.divergence_free,
        None if steady is None else put(np.moveaxis(steady, 0, -1).astype(np.float32, order="C")),
    )  # fmt: skip


def mode_order(placed: Layout) -> np.ndarray:
    """Which mode of the grid is at each place of a spectrum, int (cells,)."""
    shape = (placed.height, placed.width)
    places = np.arange(placed.cells).reshape(shape)
    if placed.frames_on_chip:
        places = places[np.ix_(fft_order(shape[0]), fft_order(shape[1]))]
    return places.ravel()


def draw_flows(machine: Machine, problem: Problem, seeds: np.ndarray) -> FlowSpectra:
    """Modes of some images, each from its own seed, and the energy that they are scaled by."""
    keys = machine.xp.asarray(philox_keys(seeds))
    return FlowSpectra(
        draw_waves(machine, keys, problem.modes, problem.layout.cells),
        *draw_energy(machine, keys, problem.modes, problem.begin, problem.members, problem.joint),
    )


def make_frames(
    machine: Machine, problem: Problem, flows: FlowSpectra, segment: Segment, active: int,
    frames: Any,
) -> None:  # fmt: skip
    """Limited key frames of a segment, for the first ``active`` images.

    Parameters
    ----------
    machine : Machine
    problem : Problem
    flows : FlowSpectra
        Of all images.
    segment : Segment
        On the machine.
    active : int
    frames : float32 (n, n_limited, h, pitch, 2)
        Filled: half the limited velocity, not scaled; n_limited is at least the segment's.
    """
    if problem.steady is not None:
        _limit_steady_field(machine, problem, segment, active, frames)
    elif problem.layout.frames_on_chip:
        _make_frames_on_chip(machine, problem, flows, segment, active, frames)
    else:
        _make_frames_by_library(machine, problem, flows, segment, active, frames)


def _limit_steady_field(
    machine: Machine, problem: Problem, segment: Segment, active: int, frames: Any
) -> None:
    """Every key frame from the one field of a steady flow."""
    total = active * segment.n_frames
    _limit_frames(machine, problem, segment, problem.steady, (0, total), total, frames)


def _make_frames_on_chip(
    machine: Machine, problem: Problem, flows: FlowSpectra, segment: Segment, active: int,
    frames: Any,
) -> None:  # fmt: skip
    """Each key frame by one block, its transform in shared memory."""
    placed, n_frames = problem.layout, segment.n_frames
    turn = _turns(machine, problem.frame_rate, segment.first_frame, n_frames)
    machine.launch(
        "make_frames", (active * n_frames, 1), placed.frame_threads,
        (flows.waves, turn, segment.begin, segment.inverse, np.int32(n_frames),
         np.int32(frames.shape[1]), np.int32(problem.joint), frames),
        placed.frame_bytes,
    )  # fmt: skip


def _make_frames_by_library(
    machine: Machine, problem: Problem, flows: FlowSpectra, segment: Segment, active: int,
    frames: Any,
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
        _limit_frames(machine, problem, segment, raw, (first, total), min(batch, total - first),
                      frames)  # fmt: skip


def _limit_frames(
    machine: Machine, problem: Problem, segment: Segment, raw: Any, numbers: tuple[int, int],
    blocks: int, frames: Any,
) -> None:  # fmt: skip
    """Limit ``blocks`` key frames from the first of ``numbers`` (first, total) on."""
    machine.launch(
        "limit_frames", (blocks, 1), problem.layout.frame_threads,
        (raw, segment.begin, segment.inverse, *map(np.int32, numbers), np.int32(segment.n_frames),
         np.int32(frames.shape[1]), np.int32(problem.steady is not None), np.int32(problem.joint),
         frames),
    )  # fmt: skip


def _turns(machine: Machine, rate: Any, start: int, count: int) -> Any:
    """cos, sin of rate * (start + i), i < count, as complex64 (count, len(rate))."""
    xp = machine.xp
    turn = xp.empty((count, rate.size), np.complex64)
    machine.launch("turns", (-(-turn.size // 256), 1), 256,
                   (rate, np.int32(rate.size), np.float64(start), np.int32(count),
                    turn))  # fmt: skip
    return turn


def scales(
    machine: Machine, problem: Problem, flows: FlowSpectra, segment: Segment, active: int
) -> Any:
    """What brings limited frames to the velocity of each step, float32 (active, n_steps, 2).

    Arguments are those of :func:`make_frames`.
    """
    xp, n_steps, m = machine.xp, len(segment.steps), problem.energy_rate.size
    speed = segment.speed
    if problem.steady is not None:
        return xp.ascontiguousarray(xp.broadcast_to(speed[:, None], (active, n_steps, 2)))
    turn = _turns(machine, problem.energy_rate, segment.start, n_steps)
    scale = xp.empty((active, n_steps, 2), np.float32)
    machine.launch("scales", (-(-n_steps // 64), -(-2 * active // 64)), 256,
                   (flows.mean, flows.swing, turn, speed, np.int32(2 * active),
                    np.int32(m), np.int32(n_steps), scale))  # fmt: skip
    return scale
