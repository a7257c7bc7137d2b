"""The run of one slab through all its lattice steps: one Numba kernel per thread."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from beyond_blur.lbm.cpu.key_frames import (
    FrameScratch,
    KeyFrames,
    Modes,
    make_frames,
    mean_squares,
)
from beyond_blur.lbm.cpu.phases import Phases, advance_phases, phases_before
from beyond_blur.lbm.cpu.simd import kernel
from beyond_blur.lbm.cpu.slabs import exchange_halo
from beyond_blur.lbm.cpu.speed_limit import limit_frame
from beyond_blur.lbm.cpu.step import step
from beyond_blur.lbm.cpu.strips import strips_of, unpack
from beyond_blur.lbm.cpu.wall_frames import limit_wall_frame
from beyond_blur.lbm.turbulence import LEAST_SHARE


class KernelInputs(NamedTuple):
    """What every image of a call shares, as kernels read it."""

    speed_limit: float
    spacing: int  # lattice steps between key frames
    modes: Modes
    steady: bool  # every raw key frame has the one field already
    mirror: bool


class StepParts(NamedTuple):
    """Lattice steps in parts of equal diffusivity, levels for one; part 0 is empty."""

    first: int  # lattice steps done before
    n_steps: np.ndarray  # (K + 1,): lattice steps of each part
    alphas: np.ndarray  # (K + 1,): diffusivity in these steps
    speeds: np.ndarray  # (K + 1,): rms speed in these steps


class ImageState(NamedTuple):
    """What the threads that run an image share."""

    phi: np.ndarray  # (slabs, c, plane): the state d of every slab, in strips
    halos: np.ndarray  # (2, slabs, 2, c, n): buffers of the exchange
    frames: KeyFrames


class ThreadScratch(NamedTuple):
    """Scratch arrays of one thread."""

    limited: np.ndarray  # (2, 2, plane): half the limited velocity; of frame f at index f % 2
    edge: np.ndarray  # (c, PARTS * strip): what leaves a strip to the right
    frames: FrameScratch
    energy_phases: Phases  # of the energy's classes, now


@kernel
def _scales(flow, phases, t):
    """One over the rms of the flow's two raw components at lattice step t, called at every step."""
    advance_phases(phases, t)
    x, y = mean_squares(flow.mean, flow.swing, phases.turn)
    x, y = max(x, LEAST_SHARE * flow.mean[0]), max(y, LEAST_SHARE * flow.mean[1])
    return 1 / np.sqrt(x), 1 / np.sqrt(y)


@kernel
def _limit(number, rms, alpha, shape, inputs, frames, slab, limited):
    """Limit a slab's rows of a key frame, halo included, at this rms speed and diffusivity."""
    at = number % len(frames.raw)
    first, rows = slab.first - slab.above, slab.above + slab.rows + slab.below
    if inputs.modes.between_walls:
        speed = rms * frames.to_unit[at, 0] * frames.fastest[at]
        limit_wall_frame(frames.raw[at], speed, inputs.speed_limit, alpha, shape, first, rows,
                         limited[number % 2])  # fmt: skip
    else:
        limit_frame(frames.raw[at], frames.to_unit[at], rms, inputs.speed_limit, inputs.mirror,
                    shape, first, rows, limited[number % 2])  # fmt: skip


@kernel
def run_slab(states, ends, inputs, steps, flow, image, slab, scratch, team):
    """Step a slab, its state in image.phi, to part ends[-1]; all of the team must call this.

    states : (m, c, h, w), filled: the slab's own rows at the end of each of these parts.
    ends : (m,), rising, from 1 on.
    """
    h, w = states.shape[2:]
    height, halo = slab.above + slab.rows + slab.below, max(slab.above, slab.below)
    phi = image.phi[team.rank]
    scale = (np.float64(1), np.float64(1))
    t = steps.first  # lattice steps done
    now = 0  # key frame at or before this step
    made = t // inputs.spacing - 1  # last key frame that the team has made
    kept = 0  # parts whose states are filled
    if not inputs.steady:
        phases_before(scratch.frames.phases, max(0, made + 2 + team.rank - team.size))
        phases_before(scratch.energy_phases, t)
    for k in range(1, ends[-1] + 1):
        limited = -1  # last key frame that is limited at the speed of this part
        for _ in range(steps.n_steps[k]):
            if not inputs.steady:
                now = t // inputs.spacing
                while made < now + 1:
                    make_frames(
                        flow.modes, inputs.modes, made + 1, image.frames, scratch.frames, team
                    )
                    made += team.size
                scale = _scales(flow, scratch.energy_phases, t)
            limited = max(limited, now - 1)
            while limited < now + 1:
                limited += 1
                _limit(limited, steps.speeds[k], steps.alphas[k], (h, w), inputs, image.frames,
                       slab, scratch.limited)  # fmt: skip
            if halo > 0 and t > steps.first and t % halo == 0:  # wrong numbers reach the slab
                exchange_halo(phi, slab, image.halos, t // halo, strips_of(w), team)
            step(phi, scratch.edge, scratch.limited[now % 2], scratch.limited[(now + 1) % 2],
                 height, w, (steps.speeds[k] * scale[0], steps.speeds[k] * scale[1]),
                 (t % inputs.spacing) / inputs.spacing, np.float32(steps.alphas[k]),
                 inputs.mirror)  # fmt: skip
            t += 1
        if ends[kept] == k:
            for c in range(len(phi)):
                own_rows = states[kept, c, slab.first : slab.first + slab.rows]
                unpack(phi[c], height, slab.above, own_rows)
            kept += 1
