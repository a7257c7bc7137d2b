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
written.

**Layout.** Columns lie in strips of 16, one vector each, rows contiguous within a strip:
(strip, row, 16). Ghost rows above and below each strip hold the walls; an empty strip on the left
and an array of edges take what crosses from one strip to the next.
"""

# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from beyond_blur.config import Velocity, Walls
from beyond_blur.lbm.cpu_flow import (
    GHOST,
    ROW,
    Modes,
    advance_phases,
    aligned,
    energy_tables,
    limit_frame,
    make_frame,
    mean_square,
    mode_tables,
    shared_modes,
)
from beyond_blur.lbm.simd import LANES, add_first, kernel, load, shift_in, shift_out, spread, store
from beyond_blur.lbm.turbulence import energy, frame_spacing, random_modes, steady_field
from beyond_blur.lbm.units import LatticeSchedule, rms_speed

BLOCK = 32
"""Rows whose weights are held at a time, for all channels: 16 KiB of the first-level cache."""

SMALLEST_BACKGROUND = 0.25
"""A channel whose background is nearer to zero than this gets this one."""

TASK_CELLS = 2**14
"""Cells of the images whose flows are drawn at a time."""


class Scratch(NamedTuple):
    """Work arrays of one thread."""

    phi: np.ndarray  # (c, plane): the state d, in strips
    now: np.ndarray  # (2, plane): half the limited velocity at the last key frame
    after: np.ndarray  # (2, plane): the same at the next one
    change: np.ndarray  # (2, plane): after - now
    raw_now: np.ndarray  # (2, plane): key frames before scaling and limit
    raw_after: np.ndarray
    table: np.ndarray  # weights of one block of rows
    edge: np.ndarray  # (c, (h + 2) * 16): what leaves a strip to the right
    carry: np.ndarray  # (c, 4 * 16): running sums between blocks
    work: np.ndarray  # buffers of the FFT
    other: np.ndarray
    column: np.ndarray
    middle: np.ndarray
    turn: np.ndarray  # (2, n_modes): cos, sin of the modes' phases
    energy_turn: np.ndarray  # (2, m): the same, twice as fast, of the energy's classes


@kernel
def _weights(now, change, at, n_rows, scale_x, scale_y, part_x, part_y, half, table):
    """Weights of rows -1..n_rows from cell ``at`` on; velocity is scale * now + part * change.

    Row r of the table: w_x-, w_x+, w_y-, w_y+, w~_y-, w~_y+, g_-, g_+ of row r - 1, 16 columns
    each. The velocities are halved: with t = s / 2, w~_+- = 2 t^2 +- t.
    """
    x, y, by_x, by_y = now[0], now[1], change[0], change[1]
    rest = spread(np.float32(1)) - half - half
    above_m = above_p = here_m = here_p = rest - rest
    for r in range(n_rows + 2):
        cell, row = at + (r - 1) * LANES, (r + 1) * 8 * LANES
        t = scale_x * load(x, cell) + part_x * load(by_x, cell)
        e = (t + t) * t
        minus, plus = e - t, e + t
        store(table, row, half + minus)
        store(table, row + LANES, half + plus)
        # Only now is the row above known to its neighbours on both sides.
        store(table, row - 2 * LANES, half * (above_m + minus) + rest * here_m)
        store(table, row - LANES, half * (above_p + plus) + rest * here_p)
        above_m, above_p, here_m, here_p = here_m, here_p, minus, plus
        t = scale_y * load(y, cell) + part_y * load(by_y, cell)
        e = (t + t) * t
        minus, plus = e - t, e + t
        store(table, row + 2 * LANES, half + minus)
        store(table, row + 3 * LANES, half + plus)
        store(table, row + 4 * LANES, minus)
        store(table, row + 5 * LANES, plus)


@kernel
def _rows(phi, at, strip, n_rows, table, edge, edge_at, carry):
    """One step of some rows of one strip and channel in place; each row completes the one above."""
    stays, right, left = load(carry, 0), load(carry, LANES), load(carry, 2 * LANES)
    from_above = load(carry, 3 * LANES)
    above_m, above_p = load(table, 8 * LANES), load(table, 9 * LANES)
    for r in range(n_rows):
        cell, row, border = at + r * LANES, (r + 2) * 8 * LANES, edge_at + r * LANES
        d = load(phi, cell)
        up = load(table, row + 2 * LANES) * d + load(table, row + 4 * LANES)
        down = load(table, row + 3 * LANES) * d + load(table, row + 5 * LANES)
        level = d - up - down
        x_m, x_p = load(table, row), load(table, row + LANES)
        right, left = right + x_p * up, left + x_m * up
        moved = shift_in(load(edge, border), right) + shift_out(left)
        store(phi, cell - LANES, (stays + up - right - left) + moved)
        store(edge, border, right)
        add_first(phi, cell - strip - 1, left)
        stays = from_above + level
        left = load(table, row + 6 * LANES) + above_m * from_above + x_m * level
        right = load(table, row + 7 * LANES) + above_p * from_above + x_p * level
        from_above, above_m, above_p = down, x_m, x_p
    store(carry, 0, stays)
    store(carry, LANES, right)
    store(carry, 2 * LANES, left)
    store(carry, 3 * LANES, from_above)


@kernel
def _fill_ghosts(phi, n_strips, strip, h, mirror):
    """Rows beyond the upper and lower wall, and empty running edges."""
    for j in range(1, n_strips + 1):
        top = j * strip + GHOST * LANES
        bottom = top + (h - 1) * LANES
        first, last = load(phi, top), load(phi, bottom)
        store(phi, top - LANES, first if mirror else last)
        store(phi, bottom + LANES, last if mirror else first)


@kernel
def _close_sides(phi, n_strips, strip, h, lane, edge, mirror):
    """Give back what left through the left and right wall: to its own cell or to the other side."""
    zero = spread(np.float32(0))
    for y in range(h):
        first = strip + (GHOST + y) * LANES
        last = n_strips * strip + (GHOST + y) * LANES + lane
        outside = first - strip + LANES - 1
        left, right = phi[outside], edge[(y + 2) * LANES + lane]
        phi[first] += left if mirror else right
        phi[last] += right if mirror else left
        phi[outside] = 0
        if lane < LANES - 1:
            phi[last + 1] = 0
    for y in range(h + 2):
        store(edge, y * LANES, zero)


@kernel
def step(scratch, now, change, h, w, scale, part, half, mirror):
    """One lattice step of all channels in place.

    now, change : (2, plane), key frames in strips: the last one and the next one minus it.
    scale : (float, float), what brings key frames to the velocity of this step.
    part : float, time since the last key frame over the key-frame spacing.
    half : float32, cs2 / 2 = alpha.
    """
    n_strips, strip, channels = (w + LANES - 1) // LANES, (h + 2 * GHOST) * LANES, len(scratch.phi)
    rows = h + 2
    n_blocks = (rows + BLOCK - 1) // BLOCK
    block = (rows + n_blocks - 1) // n_blocks
    v_half, zero = spread(half), spread(np.float32(0))
    scale_x, scale_y = spread(np.float32(scale[0])), spread(np.float32(scale[1]))
    part_x, part_y = spread(np.float32(scale[0] * part)), spread(np.float32(scale[1] * part))
    for c in range(channels):
        _fill_ghosts(scratch.phi[c], n_strips, strip, h, mirror)
    for j in range(1, n_strips + 1):
        for c in range(channels):
            for i in range(0, 4 * LANES, LANES):
                store(scratch.carry[c], i, zero)
        for first in range(0, rows, block):
            n = min(block, rows - first)
            at = j * strip + (GHOST - 1 + first) * LANES
            _weights(now, change, at, n, scale_x, scale_y, part_x, part_y, v_half, scratch.table)
            for c in range(channels):
                _rows(scratch.phi[c], at, strip, n, scratch.table, scratch.edge[c],
                      first * LANES, scratch.carry[c])  # fmt: skip
    for c in range(channels):
        _close_sides(scratch.phi[c], n_strips, strip, h, (w - 1) % LANES, scratch.edge[c], mirror)


@kernel
def pack(image, h, w, plane):
    """(h, w) into strips."""
    strip = (h + 2 * GHOST) * LANES
    for y in range(h):
        for x in range(w):
            plane[(x // LANES + 1) * strip + (y + GHOST) * LANES + x % LANES] = image[y, x]


@kernel
def unpack(plane, h, w, image):
    """Strips into (h, w)."""
    strip = (h + 2 * GHOST) * LANES
    for y in range(h):
        for x in range(w):
            image[y, x] = plane[(x // LANES + 1) * strip + (y + GHOST) * LANES + x % LANES]


class Flow(NamedTuple):
    """One image's flow."""

    table: np.ndarray  # (4, n_modes): its modes
    mean: np.ndarray  # (2,): mean and swings of its energy
    swing: np.ndarray  # (2, 2, m)


@kernel
def _scales(flow, modes, advance, energy_turn, t):
    """One over the rms of the flow's two raw components at lattice step t, called at every step."""
    advance_phases(energy_turn, advance, modes.rate, t)
    x = mean_square(flow.mean[0], flow.swing[0], energy_turn)
    y = mean_square(flow.mean[1], flow.swing[1], energy_turn)
    return 1 / np.sqrt(x), 1 / np.sqrt(y)


@kernel
def _run_image(states, levels, n_steps, alphas, speeds, limit, spacing, flow, modes, advance,
               energy_advance, steady, mirror, scratch):  # fmt: skip
    """Run one image, the state in scratch.phi, to levels[-1].

    states[i] becomes the state at levels[i], which rise. A steady flow has its field in raw_now and
    raw_after already.
    """
    h, w = states.shape[2:]
    n_strips = (w + LANES - 1) // LANES
    now, after, raw_now, raw_after = scratch.now, scratch.after, scratch.raw_now, scratch.raw_after
    change = scratch.change
    size_now = size_after = scale = (np.float64(1), np.float64(1))
    t, frame, wanted = 0, -1, 0
    for k in range(1, levels[-1] + 1):
        stale = True
        for _ in range(n_steps[k]):
            while not steady and frame < t // spacing + 1:
                frame += 1
                now, after, raw_now, raw_after = after, now, raw_after, raw_now
                size_now = size_after
                advance_phases(scratch.turn, advance, modes.omega, frame)
                size_after = make_frame(flow.table, scratch.turn, modes, h, w, scratch.work,
                                        scratch.other, scratch.column, scratch.middle,
                                        raw_after)  # fmt: skip
                if not stale:
                    limit_frame(raw_after, size_after, speeds[k], limit, mirror, h, n_strips,
                                now, after, change)  # fmt: skip
            if stale:
                limit_frame(raw_now, size_now, speeds[k], limit, mirror, h, n_strips,
                            now, now, change)  # fmt: skip
                limit_frame(raw_after, size_after, speeds[k], limit, mirror, h, n_strips,
                            now, after, change)  # fmt: skip
                stale = False
            if not steady:
                scale = _scales(flow, modes, energy_advance, scratch.energy_turn, t)
            step(scratch, now, change, h, w, (speeds[k] * scale[0], speeds[k] * scale[1]),
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
        change=aligned(2, plane), raw_now=aligned(2, plane), raw_after=aligned(2, plane),
        table=aligned((BLOCK + 4) * 8 * LANES), edge=aligned(channels, (h + 2) * LANES),
        carry=aligned(channels, 4 * LANES), work=aligned(strips_x * LANES * ROW),
        other=aligned(strips_x * LANES * ROW), column=aligned(strips_y * LANES * ROW),
        middle=aligned(strips_x * strips_y * LANES * ROW),
        turn=aligned(2, modes.omega.size), energy_turn=aligned(2, modes.rate.size),
    )  # fmt: skip


class _Batch(NamedTuple):
    """What every image of a call shares."""

    schedule: LatticeSchedule
    speeds: np.ndarray
    velocity: Velocity
    spacing: int
    modes: Modes
    advance: np.ndarray  # (2, n_modes): turn of the modes from one key frame to the next
    energy_advance: np.ndarray  # (2, m): turn of the energy's classes from one step to the next
    mirror: bool


def _share(shape: tuple[int, int], schedule: LatticeSchedule, peclet: float, velocity: Velocity,
           walls: Walls) -> _Batch:  # fmt: skip
    spacing = frame_spacing(velocity, shape, peclet)
    none = random_modes(shape, velocity, np.zeros(0, np.int64))
    modes = shared_modes(none.omega * spacing, energy(none), none.joint)
    speeds = rms_speed(peclet, schedule.alpha, max(shape))
    return _Batch(schedule, speeds, velocity, spacing, modes, _turn(modes.omega), _turn(modes.rate),
                  walls == "mirror")  # fmt: skip


def _turn(phase: np.ndarray) -> np.ndarray:
    turn = aligned(2, phase.size)
    turn[:] = np.cos(phase.ravel()), np.sin(phase.ravel())
    return turn


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
                       batch.modes, batch.advance, batch.energy_advance, steady is not None,
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
