"""The flows of many images: modes drawn on the host, then key frames and scales on the machine."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from beyond_blur.config import Velocity
from beyond_blur.lbm.gpu.layout import Layout, fft_order
from beyond_blur.lbm.gpu.machine import Machine
from beyond_blur.lbm.gpu.segments import Segment
from beyond_blur.lbm.key_frames import interpolation_gain
from beyond_blur.lbm.levels import LatticeSchedule
from beyond_blur.lbm.trajectory import Trajectory
from beyond_blur.lbm.turbulence import energy, random_modes, steady_field
from beyond_blur.lbm.units import rms_speed

STEADY_SPACING = 1024
"""Steps between the key frames, all equal, of a flow that does not change."""


class Flows(NamedTuple):
    """The random flows of some images, as the kernels read them."""

    waves: np.ndarray  # complex64 (n, cells, 2): modes of u^ + i v^, in the problem's order
    mean: np.ndarray  # float32 (n, 2): mean of the raw field's energy
    swing: np.ndarray  # complex64 (n, 2, m): and its swings, conjugate


class Problem(NamedTuple):
    """What all images of a call share."""

    layout: Layout
    channels: int
    schedule: LatticeSchedule
    speeds: np.ndarray  # float64 (K + 1,)
    velocity: Velocity
    spacing: int
    order: np.ndarray  # int (cells,): place of each mode in its spectrum
    frame_rate: np.ndarray  # float64 (cells,): turn of the modes per key frame, in this order
    energy_rate: np.ndarray  # float64 (m,): turn of the energy's classes per lattice step
    joint: bool
    steady: np.ndarray | None  # (2, h, w)


def problem(
    shape: tuple[int, int], channels: int, trajectory: Trajectory, placed: Layout
) -> Problem:
    """Rates and speeds of a call for images of a shape (h, w)."""
    schedule, velocity = trajectory.schedule, trajectory.velocity
    none = random_modes(shape, velocity, np.zeros(0, np.int64))
    steady = steady_field(shape, velocity)
    spacing = STEADY_SPACING if steady is not None else trajectory.frame_spacing(shape)
    places = np.arange(placed.cells).reshape(shape)
    if placed.frames_on_chip:
        places = places[np.ix_(fft_order(shape[0]), fft_order(shape[1]))]
    order = places.ravel()
    return Problem(
        placed, channels, schedule, rms_speed(trajectory.peclet, schedule.alpha, max(shape)),
        velocity, spacing, order, spacing * none.omega.ravel()[order], 2 * energy(none).rate,
        none.joint, steady,
    )  # fmt: skip


def draw_flows(shared: Problem, seeds: np.ndarray) -> Flows:
    """Modes of some images, each from its own seed."""
    shape = (shared.layout.height, shared.layout.width)
    modes = random_modes(shape, shared.velocity, seeds)
    gain = interpolation_gain(shape, modes.phase_step, shared.spacing)
    energies = energy(modes)
    waves = np.empty((len(seeds), shared.layout.cells, 2), np.complex64)
    for i, wave in enumerate((modes.forward, modes.backward)):
        modes_of_both = (gain * (wave[:, 0] + 1j * wave[:, 1])).reshape(len(seeds), -1)
        waves[..., i] = modes_of_both[:, shared.order]
    return Flows(
        waves, energies.mean.astype(np.float32), energies.swing.conj().astype(np.complex64)
    )


def make_frames(
    machine: Machine, shared: Problem, flows: Flows, segment: Segment, active: int, frames: Any
) -> None:
    """Limited key frames of a segment, for the first ``active`` images.

    Parameters
    ----------
    machine : Machine
    shared : Problem
    flows : Flows
        Of all images, on the machine.
    segment : Segment
    active : int
    frames : float32 (n, n_limited, h, pitch, 2)
        Filled: half the limited velocity, not scaled; n_limited is at least the segment's.
    """
    xp, placed, n_frames = machine.xp, shared.layout, len(segment.begin) - 1
    begin, inverse = xp.asarray(segment.begin), xp.asarray(segment.inverse)
    joint, total = np.int32(shared.joint), active * n_frames
    count = (np.int32(n_frames), np.int32(frames.shape[1]))
    if shared.steady is not None:
        field = np.moveaxis(shared.steady, 0, -1).astype(np.float32)
        machine.launch(
            "limit_frames", (total, 1), placed.frame_threads,
            (xp.asarray(np.ascontiguousarray(field)), begin, inverse, np.int32(0), np.int32(total),
             *count, np.int32(1), joint, frames),
        )  # fmt: skip
        return
    turn = _turns(machine, shared.frame_rate, segment.first_frame, n_frames)
    if placed.frames_on_chip:
        machine.launch(
            "make_frames", (total, 1), placed.frame_threads,
            (flows.waves, turn, begin, inverse, *count, joint, frames),
            placed.frame_bytes,
        )  # fmt: skip
        return
    cells = placed.cells
    batch = max(1, min(machine.fft_cells // cells, 2**15))
    spectra = xp.zeros((batch, placed.height, placed.width), np.complex64)
    for first in range(0, total, batch):
        where = (np.int32(first), np.int32(total))
        machine.launch("spectra", (-(-cells // 256), batch), 256,
                       (flows.waves, turn, *where, count[0], spectra))  # fmt: skip
        raw = xp.fft.ifft2(spectra, norm="forward")
        machine.launch("limit_frames", (min(batch, total - first), 1), placed.frame_threads,
                       (raw, begin, inverse, *where, *count, np.int32(0), joint,
                        frames))  # fmt: skip


def _turns(machine: Machine, rate: np.ndarray, start: int, count: int) -> Any:
    """cos, sin of rate * (start + i), i < count, as complex64 (count, len(rate))."""
    xp = machine.xp
    turn = xp.empty((count, rate.size), np.complex64)
    machine.launch("turns", (-(-turn.size // 256), 1), 256,
                   (xp.asarray(rate), np.int32(rate.size), np.float64(start), np.int32(count),
                    turn))  # fmt: skip
    return turn


def scales(machine: Machine, shared: Problem, flows: Flows, segment: Segment, active: int) -> Any:
    """What brings limited frames to the velocity of each step, float32 (active, n_steps, 2).

    Arguments are those of :func:`make_frames`.
    """
    xp, n_steps, m = machine.xp, len(segment.steps), shared.energy_rate.size
    speed = xp.asarray(segment.speed)
    if shared.steady is not None:
        return xp.ascontiguousarray(xp.broadcast_to(speed[:, None], (active, n_steps, 2)))
    turn = _turns(machine, shared.energy_rate, segment.start, n_steps)
    scale = xp.empty((active, n_steps, 2), np.float32)
    machine.launch("scales", (-(-n_steps // 64), -(-2 * active // 64)), 256,
                   (flows.mean, flows.swing, turn, speed, np.int32(2 * active),
                    np.int32(m), np.int32(n_steps), scale))  # fmt: skip
    return scale
