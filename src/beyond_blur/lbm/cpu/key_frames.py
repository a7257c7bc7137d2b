"""Key frames of the flow on a CPU: mode tables, and a vectorised inverse FFT of their spectrum.

Fields lie in strips, one column per lane (:mod:`beyond_blur.lbm.cpu.strips`), so the transform
along y works on as many columns at once and the transform along x on as many rows of the spectrum;
a transpose in registers lies between them. Both velocity components come from one complex
transform: its input is u^ + i v^, its output u + i v.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from beyond_blur.lbm.cpu.barrier import wait_at_barrier
from beyond_blur.lbm.cpu.fft import ROW, Plan, fft_plan, inverse_fft
from beyond_blur.lbm.cpu.phases import Phases, advance_phases, own_phases, phases_at_rest
from beyond_blur.lbm.cpu.simd import add_lanes, kernel, load, spread, store, transpose
from beyond_blur.lbm.cpu.strips import GHOST, PARTS, aligned, plane_size, strip_at, strips_of
from beyond_blur.lbm.cpu.vector_width import GROUP, LANES
from beyond_blur.lbm.cpu.wall_frames import first_quarter
from beyond_blur.lbm.key_frames import interpolation_gain
from beyond_blur.lbm.turbulence import Energy, RandomModes


class Modes(NamedTuple):
    """What the flows of all images of one shape have in common."""

    phases: Phases  # (n_strips_y, w // 2 + 1, LANES) flat, from key frame to key frame
    energy_phases: Phases  # of the energy's classes, a multiple of 16, from step to step
    plan_x: Plan
    plan_y: Plan
    joint: bool
    wall_share: float  # see beyond_blur.lbm.coarse.flow.wall_share; 0 on the pixels' lattice
    between_walls: bool  # modes of twice the rows and columns, see beyond_blur.lbm.wall_flow


class FlowTables(NamedTuple):
    """One image's flow, as kernels read it."""

    modes: np.ndarray  # float32 (4, n_modes): what its key frames are summed from
    mean: np.ndarray  # float64 (2,): mean and swings of its energy
    swing: np.ndarray  # float32 (2, 2, m)


class KeyFrames(NamedTuple):
    """Key frames of one image, shared by its team: one more than the team has threads.

    Frame f is at index f % len(raw).
    """

    raw: np.ndarray  # (frames, 2 or, between walls, 4, plane): before scaling and limit
    to_unit: np.ndarray  # float64 (frames, 2): factors that give each component unit rms
    fastest: np.ndarray  # float64 (frames,): between walls, largest raw speed


class FrameScratch(NamedTuple):
    """Scratch arrays in which one thread makes key frames."""

    phases: Phases  # of the modes, at the last frame it made
    work: np.ndarray  # LANES rows of the spectrum; those beyond w stay zero
    middle: np.ndarray  # spectra transformed along x, (strip along x, row, ROW)
    spare: np.ndarray  # of the transforms
    whole: np.ndarray  # (2, plane) of a flow between walls before its first quarter is taken
    sums: np.ndarray  # (2 GROUP,): squares of both components over strips and rows


def empty_frames(h: int, w: int, threads: int, between_walls: bool) -> KeyFrames:
    """Room for the key frames of an image (h, w)."""
    n, numbers = threads + 1, 4 if between_walls else 2
    return KeyFrames(aligned(n, numbers, plane_size(h, w)), np.ones((n, 2)), np.zeros(n))


def frame_scratch(modes: Modes) -> FrameScratch:
    """Scratch arrays of one thread."""
    h, w = len(modes.plan_y.place), len(modes.plan_x.place)
    strips_x, strips_y = strips_of.py_func(w), -(-h // LANES)
    return FrameScratch(
        own_phases(modes.phases), aligned(strips_x * LANES * ROW),
        aligned(strips_x * strips_y * LANES * ROW), aligned(max(h, w) * ROW),
        aligned(2, plane_size(h, w) if modes.between_walls else 0), aligned(2 * GROUP),
    )  # fmt: skip


def shared_modes(
    omega: np.ndarray, energy: Energy, joint: bool, wall_share: float = 0.0,
    between_walls: bool = False,
) -> Modes:  # fmt: skip
    """What all images of one shape have in common; omega (h, w) is per key frame."""
    h, w = omega.shape
    plan_x, plan_y = fft_plan(w), fft_plan(h)
    half = _lanes_along_y(omega[:, : w // 2 + 1], plan_y).ravel()
    twice = 2 * _whole_vectors(energy.rate)
    phases = phases_at_rest(half), phases_at_rest(twice)
    return Modes(*phases, plan_x, plan_y, joint, wall_share, between_walls)


def energy_tables(energy: Energy) -> np.ndarray:
    """Float32 (n, 2, 2, m): real part and minus the imaginary part of each class's swing."""
    swing = _whole_vectors(energy.swing)
    return np.stack([swing.real, -swing.imag], axis=2).astype(np.float32)


def _whole_vectors(a: np.ndarray) -> np.ndarray:
    padded = np.zeros((*a.shape[:-1], -(-a.shape[-1] // GROUP) * GROUP), a.dtype)
    padded[..., : a.shape[-1]] = a
    return padded


def mode_tables(modes: RandomModes, spacing: int, plan_y: Plan) -> np.ndarray:
    """Float32 (n, 4, n_strips_y, w, LANES): what one image's key frames are summed from.

    With P = forward and Q = backward of u^ + i v^, a key frame's spectrum is
    cos (Pr + Qr) - sin (Pi - Qi) + i (cos (Pi + Qi) + sin (Pr - Qr)).
    """
    gain = interpolation_gain(modes.omega.shape, modes.phase_step, spacing)
    p, q = (gain * (f[:, 0] + 1j * f[:, 1]) for f in (modes.forward, modes.backward))
    tables = [p.real + q.real, p.imag - q.imag, p.imag + q.imag, p.real - q.real]
    return _lanes_along_y(np.stack(tables, axis=1).astype(np.float32), plan_y)


def _lanes_along_y(a: np.ndarray, plan: Plan) -> np.ndarray:
    """(..., h, x) -> (..., strips of rows, x, LANES) in the plan's order, padded with zeros."""
    strips = -(-a.shape[-2] // LANES)
    padded = np.zeros((*a.shape[:-2], strips * LANES, a.shape[-1]), a.dtype)
    padded[..., plan.place, :] = a
    return np.ascontiguousarray(padded.reshape(*a.shape[:-2], strips, LANES, -1).swapaxes(-2, -1))


@kernel
def _spectrum_strip(table, turn, strip, order, out):
    """Spectrum of a key frame for a strip of wave numbers along y, in the plan's order along x."""
    w = len(order)
    half = w // 2 + 1
    cos, sin = turn[0], turn[1]
    a, b, c, d = table[0], table[1], table[2], table[3]
    for x in range(w):
        at = (strip * w + x) * LANES
        mode = (strip * half + min(x, w - x)) * LANES
        vc, vs = load(cos, mode), load(sin, mode)
        to = order[x] * ROW
        store(out, to, vc * load(a, at) - vs * load(b, at))
        store(out, to + LANES, vc * load(c, at) + vs * load(d, at))


@kernel
def _along_x(table, modes, scratch):
    """Spectrum of a key frame at the phases' time, transformed along x."""
    h, w = len(modes.plan_y.place), len(modes.plan_x.place)
    strips_x, strips_y = strips_of(w), (h + LANES - 1) // LANES
    for j in range(strips_y):
        _spectrum_strip(table, scratch.phases.turn, j, modes.plan_x.place, scratch.work)
        inverse_fft(scratch.work, 0, modes.plan_x, scratch.spare)
        for i in range(strips_x):
            for part in range(0, ROW, LANES):
                transpose(scratch.work, i * ROW + part, strips_x * ROW, scratch.middle,
                          (i * strips_y + j) * LANES * ROW + part, ROW)  # fmt: skip


@kernel
def _over_lanes(sums, first):
    """Sum of a GROUP of numbers, the lanes of all parts in turns."""
    result = np.float32(0)
    for lane in range(LANES):
        for part in range(PARTS):
            result += sums[first + part * LANES + lane]
    return result


@kernel
def _along_y(modes, scratch, raw, to_unit):
    """A raw key frame (2, plane) from its spectrum transformed along x."""
    h, w = len(modes.plan_y.place), len(modes.plan_x.place)
    rows, out_u, out_v = (h + LANES - 1) // LANES * LANES, raw[0], raw[1]
    n_strips, strip = strips_of(w), (h + 2 * GHOST) * LANES
    middle, sums = scratch.middle, scratch.sums
    for part in range(PARTS):
        square_u = square_v = spread(np.float32(0))
        for i in range(part * n_strips // PARTS, (part + 1) * n_strips // PARTS):
            at, start = i * rows * ROW, strip_at(i, n_strips, strip) + GHOST * LANES
            inverse_fft(middle, at, modes.plan_y, scratch.spare)
            for y in range(h):
                a, b = load(middle, at + y * ROW), load(middle, at + y * ROW + LANES)
                square_u, square_v = square_u + a * a, square_v + b * b
                store(out_u, start + y * LANES, a)
                store(out_v, start + y * LANES, b)
        store(sums, part * LANES, square_u)
        store(sums, GROUP + part * LANES, square_v)
    mean_u = np.float64(_over_lanes(sums, 0)) / (h * w)
    mean_v = np.float64(_over_lanes(sums, GROUP)) / (h * w)
    if modes.joint:
        mean_u = mean_v = (mean_u + mean_v) / 2
    to_unit[0], to_unit[1] = 1 / np.sqrt(mean_u), 1 / np.sqrt(mean_v)


@kernel
def _along_walls(raw, h, w, share):
    """Change the velocity along walls in the cells at them, as `coarse.flow.along_walls` does."""
    n_strips, strip = strips_of(w), (h + 2 * GHOST) * LANES
    u, v = raw[0], raw[1]
    for x in range(w):
        first = strip_at(x % n_strips, n_strips, strip) + GHOST * LANES + x // n_strips
        last = first + (h - 1) * LANES
        step = share * (u[first] - u[last])
        u[first] -= step
        u[last] += step
    right = strip_at((w - 1) % n_strips, n_strips, strip) + (w - 1) // n_strips
    for row in range(GHOST * LANES, (GHOST + h) * LANES, LANES):
        step = share * (v[strip + row] - v[right + row])
        v[strip + row] -= step
        v[right + row] += step


@kernel
def make_frames(table, modes, first, frames, scratch, team):
    """As many key frames as the team has threads, from number ``first`` on, one by each thread.

    Sharing one transform would move more between cores. All threads of the team must call this,
    and none may need frames before ``first`` - 1 any more. table : (4, n) of the image.
    """
    wait_at_barrier(team)
    mine = first + team.rank
    for count in range(max(0, mine - team.size + 1), mine + 1):
        advance_phases(scratch.phases, count)
    _along_x(table, modes, scratch)
    at = mine % (team.size + 1)
    if modes.between_walls:
        _along_y(modes, scratch, scratch.whole, frames.to_unit[at])
        frames.fastest[at] = first_quarter(
            scratch.whole, len(modes.plan_y.place), len(modes.plan_x.place), frames.raw[at]
        )
    else:
        _along_y(modes, scratch, frames.raw[at], frames.to_unit[at])
    if modes.wall_share > 0:
        _along_walls(frames.raw[at], len(modes.plan_y.place), len(modes.plan_x.place),
                     np.float32(modes.wall_share))  # fmt: skip
    wait_at_barrier(team)


@kernel
def mean_squares(mean, swing, turn):
    """Mean squares of both components at the time of ``turn``."""
    cos, sin = turn[0], turn[1]
    real, imaginary, real_y, imaginary_y = swing[0, 0], swing[0, 1], swing[1, 0], swing[1, 1]
    in_x = in_y = np.float32(0)
    for first in range(0, GROUP, LANES):
        x = y = spread(np.float32(0))
        for i in range(first, len(real), GROUP):
            c, s = load(cos, i), load(sin, i)
            x = x + (load(real, i) * c + load(imaginary, i) * s)
            y = y + (load(real_y, i) * c + load(imaginary_y, i) * s)
        in_x, in_y = add_lanes(in_x, x), add_lanes(in_y, y)
    return mean[0] + in_x, mean[1] + in_y
