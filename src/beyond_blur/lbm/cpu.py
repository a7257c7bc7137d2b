"""The memoryless scheme on CPU threads: Numba, float32, at the speed of the vector units.

An image is run by one thread with its own flow, so a trajectory depends neither on its batch nor on
the number of threads.

**What is stored.** With b a constant of each channel, phi = b (1 + d), and d changes by

    d' = P (1 + d) - 1,

with every weight split into its value at rest and the rest, w = w0 + w~. No term of order one is
ever added, so float32 rounds quantities that shrink with the contrast of the image. What leaves a
cell is subtracted from what it holds, so no mass is lost.

**One step.** With q_e = w_e d + w~_e the shares of a source row by vertical velocity e (q_0 as d
minus what leaves) and R+- = sum_e w_+- q_e + g_+- the shares that also move right and left,

    d'(x) = (sum_e q_e - R+ - R-)(x) + R+(x - 1) + R-(x + 1),

where g = sum_e w0_e w~_+- is the part the uniform field contributes. A row's shares are scattered
to the rows above, at and below it while they are in registers: per cell one number is read and one
written. The weights of a row stay in registers as well, for three channels at a time.

**Layout.** An image has n = ceil(w / 16) strips of 16 columns, one vector each: strip i holds the
columns i, n + i, 2 n + i, ... Neighbours along x lie in neighbouring strips, so numbers change
lanes between the last strip and the first only. Rows are contiguous within a strip: (strip, row,
16). Ghost rows above and below each strip hold the walls; an array of edges and an empty strip
before the first take what leaves a strip to the right and the first one to the left.
"""

# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs

from __future__ import annotations

import functools
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from beyond_blur.config import Velocity, Walls
from beyond_blur.lbm.cpu_flow import (
    GHOST,
    ROW,
    Modes,
    Phases,
    advance_phases,
    aligned,
    energy_tables,
    limit_frame,
    make_frame,
    mean_squares,
    mode_tables,
    own_phases,
    shared_modes,
)
from beyond_blur.lbm.simd import LANES, inlined, kernel, load, shift_down, shift_up, spread, store
from beyond_blur.lbm.turbulence import energy, frame_spacing, random_modes, steady_field
from beyond_blur.lbm.units import LatticeSchedule, rms_speed

SMALLEST_BACKGROUND = 0.25
"""A channel whose background is nearer to zero than this gets this one."""

TASK_CELLS = 2**14
"""Cells of the images whose flows are drawn at a time."""


class Scratch(NamedTuple):
    """Work arrays of one thread."""

    phi: np.ndarray  # (c, plane): the state d, in strips
    now: np.ndarray  # (2, plane): half the limited velocity at the last key frame
    after: np.ndarray  # (2, plane): the same at the next one
    raw_now: np.ndarray  # (2, plane): key frames before scaling and limit
    raw_after: np.ndarray
    edge: np.ndarray  # (c, strip): what leaves a strip to the right
    work: np.ndarray  # buffers of the FFT
    other: np.ndarray
    column: np.ndarray
    middle: np.ndarray
    phases: Phases  # of the modes, at the next key frame
    energy_phases: Phases  # of the energy's classes, now


@inlined
def _shares_along(now, after, at, by_now, by_after):
    """w~_-, w~_+ of 16 cells; velocities are halved: with t = s / 2, w~_+- = 2 t^2 +- t."""
    t = by_now * load(now, at) + by_after * load(after, at)
    twice = t + t
    minus = twice * t - t
    return minus, minus + twice


@inlined
def _weights(now, after, cell, half, parts, rows):
    """Weights of one source row, and what the next row needs of them.

    parts : factors of now and after in the velocity along x, the same along y.
    rows : w~_x-, w~_x+ of this row and of the row above, w_x-, w_x+ of the row above.
    """
    plane = now.shape[1]
    here_m, here_p, above_m, above_p, before_m, before_p = rows
    below_m, below_p = _shares_along(now, after, cell + LANES, parts[0], parts[1])
    y_m, y_p = _shares_along(now, after, plane + cell, parts[2], parts[3])
    rest = spread(np.float32(1)) - half - half
    g_m = half * (above_m + below_m) + rest * here_m
    g_p = half * (above_p + below_p) + rest * here_p
    x_m, x_p = half + here_m, half + here_p
    weights = (x_m, x_p, half + y_m, half + y_p, y_m, y_p, before_m, before_p, g_m, g_p)
    return weights, (below_m, below_p, here_m, here_p, x_m, x_p)


@inlined
def _scatter(phi, cell, strip, edge, border, weights, sums):
    """Send 16 cells of one channel to their neighbours; the row above is complete then.

    sums : what the row above has so far of sum q, R+ and R-, and its own share downwards.
    """
    x_m, x_p, y_m, y_p, dy_m, dy_p, above_m, above_p, g_m, g_p = weights
    stays, right, left, from_above = sums
    d = load(phi, cell)
    up = y_m * d + dy_m
    down = y_p * d + dy_p
    level = d - up - down
    right, left = right + x_p * up, left + x_m * up
    store(phi, cell - LANES, (stays + up - right - left) + load(edge, border))
    store(edge, border, right)
    before = cell - LANES - strip
    store(phi, before, load(phi, before) + left)
    return (from_above + level, (g_p + above_p * from_above) + x_p * level,
            (g_m + above_m * from_above) + x_m * level, down)  # fmt: skip


@kernel
def _strip_of_three(phi, first, edge, now, after, at, strip, rows, half, parts):
    """One step of one strip of three channels from channel ``first`` on."""
    plane, border, zero = phi.shape[1], edge.shape[1], half - half
    a = b = c = (zero, zero, zero, zero)
    here = _shares_along(now, after, at, parts[0], parts[1])
    carried = (here[0], here[1], zero, zero, half, half)
    one, two, three = first * plane, (first + 1) * plane, (first + 2) * plane
    of_one, of_two, of_three = first * border, (first + 1) * border, (first + 2) * border
    for y in range(0, rows * LANES, LANES):
        cell = at + y
        weights, carried = _weights(now, after, cell, half, parts, carried)
        a = _scatter(phi, one + cell, strip, edge, of_one + y, weights, a)
        b = _scatter(phi, two + cell, strip, edge, of_two + y, weights, b)
        c = _scatter(phi, three + cell, strip, edge, of_three + y, weights, c)


@kernel
def _strip_of_one(phi, first, edge, now, after, at, strip, rows, half, parts):
    """One step of one strip of channel ``first``."""
    plane, border, zero = phi.shape[1], edge.shape[1], half - half
    sums = (zero, zero, zero, zero)
    here = _shares_along(now, after, at, parts[0], parts[1])
    carried = (here[0], here[1], zero, zero, half, half)
    for y in range(0, rows * LANES, LANES):
        cell = at + y
        weights, carried = _weights(now, after, cell, half, parts, carried)
        sums = _scatter(phi, first * plane + cell, strip, edge, first * border + y, weights, sums)


@kernel
def _fill_ghosts(phi, n_strips, strip, h, mirror):
    """Rows beyond the upper and lower wall."""
    for j in range(1, n_strips + 1):
        top = j * strip + GHOST * LANES
        bottom = top + (h - 1) * LANES
        first, last = load(phi, top), load(phi, bottom)
        store(phi, top - LANES, first if mirror else last)
        store(phi, bottom + LANES, last if mirror else first)


@kernel
def _close_sides(phi, n_strips, strip, h, w, edge, mirror):
    """Carry on what left the first and the last strip: to the next lane or back from a wall."""
    zero, lane = spread(np.float32(0)), w // n_strips
    end = ((w - 1) % n_strips + 1) * strip + (w - 1) // n_strips
    beyond = (w % n_strips + 1) * strip + lane
    for y in range(0, (GHOST + h) * LANES, LANES):
        first, last, to_left = strip + y, n_strips * strip + y, phi[y]
        right, left = load(edge, y), load(phi, y)
        up, down = shift_up(right, right), shift_down(left, left)
        if mirror:
            up, down = shift_up(down, right), shift_down(left, up)
        store(edge, y, zero)
        store(phi, y, zero)
        store(phi, first, load(phi, first) + up)
        if lane < LANES:  # the wall lies before the last lane
            out, phi[beyond + y] = phi[beyond + y], 0
            phi[end + y if mirror else first] += out
            if not mirror:
                down, phi[end + y] = shift_down(left, zero), phi[end + y] + to_left
        store(phi, last, load(phi, last) + down)


@kernel
def step(scratch, now, after, h, w, scale, part, half, mirror):
    """One lattice step of all channels in place.

    now, after : (2, plane), the last and the next key frame in strips.
    scale : (float, float), what brings key frames to the velocity of this step.
    part : float, time since the last key frame over the key-frame spacing.
    half : float32, cs2 / 2 = alpha.
    """
    n_strips, strip = (w + LANES - 1) // LANES, (h + 2 * GHOST) * LANES
    phi, edge, channels = scratch.phi, scratch.edge, len(scratch.phi)
    x, y, rest = scale[0], scale[1], 1 - part
    parts = (spread(np.float32(x * rest)), spread(np.float32(x * part)),
             spread(np.float32(y * rest)), spread(np.float32(y * part)))  # fmt: skip
    for c in range(channels):
        _fill_ghosts(phi[c], n_strips, strip, h, mirror)
    threes = channels - channels % 3
    for j in range(1, n_strips + 1):
        at = j * strip + (GHOST - 1) * LANES
        for c in range(0, threes, 3):
            _strip_of_three(phi, c, edge, now, after, at, strip, h + 2, spread(half), parts)
        for c in range(threes, channels):
            _strip_of_one(phi, c, edge, now, after, at, strip, h + 2, spread(half), parts)
    for c in range(channels):
        _close_sides(phi[c], n_strips, strip, h, w, edge[c], mirror)


@kernel
def pack(image, h, w, plane):
    """(h, w) into strips."""
    n_strips, strip = (w + LANES - 1) // LANES, (h + 2 * GHOST) * LANES
    for y in range(h):
        for x in range(w):
            plane[(x % n_strips + 1) * strip + (y + GHOST) * LANES + x // n_strips] = image[y, x]


@kernel
def unpack(plane, h, w, image):
    """Strips into (h, w)."""
    n_strips, strip = (w + LANES - 1) // LANES, (h + 2 * GHOST) * LANES
    for y in range(h):
        for x in range(w):
            image[y, x] = plane[(x % n_strips + 1) * strip + (y + GHOST) * LANES + x // n_strips]


class Flow(NamedTuple):
    """One image's flow."""

    table: np.ndarray  # (4, n_modes): its modes
    mean: np.ndarray  # (2,): mean and swings of its energy
    swing: np.ndarray  # (2, 2, m)


@kernel
def _scales(flow, phases, t):
    """One over the rms of the flow's two raw components at lattice step t, called at every step."""
    advance_phases(phases, t)
    x, y = mean_squares(flow.mean, flow.swing, phases.turn)
    return 1 / np.sqrt(x), 1 / np.sqrt(y)


@kernel
def _run_image(states, levels, n_steps, alphas, speeds, limit, spacing, flow, modes,
               steady, mirror, scratch):  # fmt: skip
    """Run one image, the state in scratch.phi, to levels[-1].

    states[i] becomes the state at levels[i], which rise. A steady flow has its field in raw_now and
    raw_after already.
    """
    h, w = states.shape[2:]
    n_strips = (w + LANES - 1) // LANES
    now, after, raw_now, raw_after = scratch.now, scratch.after, scratch.raw_now, scratch.raw_after
    size_now = size_after = scale = (np.float64(1), np.float64(1))
    t, frame, wanted = 0, -1, 0
    for k in range(1, levels[-1] + 1):
        stale = True
        for _ in range(n_steps[k]):
            while not steady and frame < t // spacing + 1:
                frame += 1
                now, after, raw_now, raw_after = after, now, raw_after, raw_now
                size_now = size_after
                advance_phases(scratch.phases, frame)
                size_after = make_frame(flow.table, scratch.phases.turn, modes, h, w, scratch.work,
                                        scratch.other, scratch.column, scratch.middle,
                                        raw_after)  # fmt: skip
                if not stale:
                    limit_frame(raw_after, size_after, speeds[k], limit, mirror, h, n_strips, after)
            if stale:
                limit_frame(raw_now, size_now, speeds[k], limit, mirror, h, n_strips, now)
                limit_frame(raw_after, size_after, speeds[k], limit, mirror, h, n_strips, after)
                stale = False
            if not steady:
                scale = _scales(flow, scratch.energy_phases, t)
            step(scratch, now, after, h, w, (speeds[k] * scale[0], speeds[k] * scale[1]),
                 (t % spacing) / spacing, np.float32(alphas[k]), mirror)  # fmt: skip
            t += 1
        while wanted < len(levels) and levels[wanted] == k:
            for c in range(states.shape[1]):
                unpack(scratch.phi[c], h, w, states[wanted, c])
            wanted += 1


def _scratch(channels: int, h: int, w: int, modes: Modes) -> Scratch:
    strips_x, strips_y = -(-w // LANES), -(-h // LANES)
    # Five lines more than needed: planes a multiple of 4 KiB apart would share their cache sets.
    plane = (strips_x + 1) * (h + 2 * GHOST) * LANES + 5 * LANES
    return Scratch(
        phi=aligned(channels, plane), now=aligned(2, plane), after=aligned(2, plane),
        raw_now=aligned(2, plane), raw_after=aligned(2, plane),
        edge=aligned(channels, (h + 2 * GHOST) * LANES), work=aligned(strips_x * LANES * ROW),
        other=aligned(strips_x * LANES * ROW), column=aligned(strips_y * LANES * ROW),
        middle=aligned(strips_x * strips_y * LANES * ROW),
        phases=own_phases(modes.phases), energy_phases=own_phases(modes.energy_phases),
    )  # fmt: skip


class _Batch(NamedTuple):
    """What every image of a call shares."""

    schedule: LatticeSchedule
    speeds: np.ndarray
    velocity: Velocity
    spacing: int
    modes: Modes
    mirror: bool


def _share(shape: tuple[int, int], schedule: LatticeSchedule, peclet: float, velocity: Velocity,
           walls: Walls) -> _Batch:  # fmt: skip
    spacing = frame_spacing(velocity, shape, peclet)
    speeds = rms_speed(peclet, schedule.alpha, max(shape))
    modes = _modes(shape, velocity, spacing)
    return _Batch(schedule, speeds, velocity, spacing, modes, walls == "mirror")


@functools.lru_cache(maxsize=8)
def _modes(shape: tuple[int, int], velocity: Velocity, spacing: int) -> Modes:
    none = random_modes(shape, velocity, np.zeros(0, np.int64))
    return shared_modes(none.omega * spacing, energy(none), none.joint)


def _draw_flows(shape: tuple[int, int], batch: _Batch, seeds: np.ndarray) -> list[Flow]:
    modes = random_modes(shape, batch.velocity, seeds)
    energies = energy(modes)
    tables = mode_tables(modes, batch.spacing).reshape(len(seeds), 4, -1)
    return [Flow(*x) for x in zip(tables, energies.mean, energy_tables(energies), strict=True)]


def _run_task(
    phi: np.ndarray, background: np.ndarray, seeds: np.ndarray, keep: np.ndarray, batch: _Batch,
    out: np.ndarray,
) -> None:  # fmt: skip
    """A few images on one thread: draw their flows together, then run one after the other."""
    channels, h, w = phi.shape[1:]
    steady = steady_field((h, w), batch.velocity)
    flows = _draw_flows((h, w), batch, seeds)
    scratch = _scratch(channels, h, w, batch.modes)
    base = np.where(np.abs(background) < SMALLEST_BACKGROUND, SMALLEST_BACKGROUND, background)
    offset = (background - base)[:, :, None, None]
    base = base[:, :, None, None]
    start = ((phi + offset) / base).astype(np.float32)
    for i, levels in enumerate(keep):
        unique = np.unique(levels[levels > 0])
        states = np.empty((len(unique), *phi.shape[1:]), np.float32)
        _load_image(scratch, start[i], steady)
        if len(unique):
            _run_image(states, unique, batch.schedule.n_lbm_steps, batch.schedule.alpha,
                       batch.speeds, batch.velocity.speed_limit, batch.spacing, flows[i],
                       batch.modes, steady is not None,
                       batch.mirror, scratch)  # fmt: skip
        states = states * base[i] - offset[i]
        for j, k in enumerate(levels):
            out[i, j] = states[np.searchsorted(unique, k)] if k > 0 else phi[i]


def _load_image(scratch: Scratch, image: np.ndarray, steady: np.ndarray | None) -> None:
    scratch.phi[:], scratch.edge[:] = 0, 0
    h, w = image.shape[1:]
    for channel, plane in zip(image, scratch.phi, strict=True):
        pack(channel, h, w, plane)
    if steady is not None:
        for raw in (scratch.raw_now, scratch.raw_after):
            for component, plane in zip(steady.astype(np.float32), raw, strict=True):
                pack(component, h, w, plane)


def trajectories(
    phi: np.ndarray, background: np.ndarray, schedule: LatticeSchedule, peclet: float,
    velocity: Velocity, walls: Walls, seeds: np.ndarray, keep: np.ndarray, threads: int = 1,
) -> np.ndarray:  # fmt: skip
    """States of phi + background at the wanted levels, minus background.

    Parameters
    ----------
    phi : float32 (n, c, h, w)
        Deviation from the background; small values keep small rounding errors.
    background : float (n, c)
        The constant carried along with each channel.
    schedule : LatticeSchedule
    peclet : float
    velocity : Velocity
    walls : "mirror" or "periodic"
    seeds : int (n,)
        Seed of each image's flow.
    keep : int (n, m)
        Levels wanted of each image, in any order; each image runs up to its largest.
    threads : int
        Images run at once; does not change the result.

    Returns
    -------
    float32 (n, m, c, h, w)
    """
    batch = _share((phi.shape[-2], phi.shape[-1]), schedule, peclet, velocity, walls)
    background = np.asarray(background, np.float64)
    out = np.empty((*keep.shape, *phi.shape[1:]), np.float32)
    longest_first = np.argsort(-keep.max(axis=1, initial=0), kind="stable")
    at_once = TASK_CELLS // (phi.shape[-2] * phi.shape[-1])
    size = max(1, min(at_once, len(phi) // (4 * threads)))
    tasks = [longest_first[i : i + size] for i in range(0, len(phi), size)]

    def run(rows: np.ndarray) -> None:
        part = np.empty((len(rows), *out.shape[1:]), np.float32)
        _run_task(phi[rows], background[rows], seeds[rows], keep[rows], batch, part)
        out[rows] = part

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(run, tasks))
    return out
