"""Trajectories of the memoryless scheme on CPU threads.

Where there are as many images as threads, each is run by one thread. Threads that would be idle run
an image together: each has a band of its rows and so many rows of its neighbours' that some steps
pass before wrong numbers from beyond them reach its own; then the neighbours' rows are fetched
again. They make key frames in turns, each a whole one. A cell is computed from the same numbers in
the same order either way, so a trajectory depends neither on its batch nor on the number of
threads.
"""

from __future__ import annotations

import functools
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from beyond_blur.config import Velocity, Walls
from beyond_blur.lbm.cpu.barrier import Gang, gang, meet, together
from beyond_blur.lbm.cpu.key_frames import (
    GHOST,
    Frames,
    Modes,
    Phases,
    Workshop,
    advance_phases,
    aligned,
    empty_frames,
    energy_tables,
    limit_frame,
    make_frames,
    mean_squares,
    mode_tables,
    own_phases,
    plane_size,
    shared_modes,
    workshop,
)
from beyond_blur.lbm.cpu.simd import LANES, kernel, load, store
from beyond_blur.lbm.cpu.step import pack, step, unpack
from beyond_blur.lbm.levels import LatticeSchedule
from beyond_blur.lbm.trajectory import Trajectory
from beyond_blur.lbm.turbulence import energy, random_modes, steady_field
from beyond_blur.lbm.units import rms_speed

SMALLEST_BACKGROUND = 0.25
"""A channel whose background is nearer to zero than this gets this one."""


TASK_CELLS = 2**14
"""Cells of the images whose flows are drawn at a time."""


BAND_ROWS = 16
"""Fewest rows of a band; two at least, which its neighbours step along."""


BAND_CELLS = 4096
"""Fewest pixels of a band: threads that share less gain little and lose much beside other work."""


ROWS_PER_HALO_ROW = 16
"""Rows of a band for each row of its neighbours'."""


class Band(NamedTuple):
    """Rows of an image that one thread runs."""

    first: int  # its own rows: first, first + 1, ...
    rows: int
    above: int  # rows of its neighbours', stepped along with its own
    below: int

    @property
    def height(self) -> int:
        """All rows it steps."""
        return self.above + self.rows + self.below


def bands(height: int, n: int, walls: Walls) -> list[Band]:
    """An image in n bands; one band has all rows and no neighbours."""
    ends = np.arange(n + 1) * height // n
    halo = max(2, height // n // ROWS_PER_HALO_ROW)
    inner = [n > 1 and (walls == "periodic" or i > 0) for i in range(n)]
    return [
        Band(int(ends[i]), int(ends[i + 1] - ends[i]), halo * inner[i], halo * inner[i - n + 1])
        for i in range(n)
    ]


class Flow(NamedTuple):
    """One image's flow."""

    table: np.ndarray  # (4, n_modes): its modes
    mean: np.ndarray  # (2,): mean and swings of its energy
    swing: np.ndarray  # (2, 2, m)


class Image(NamedTuple):
    """What the threads that run an image share."""

    phi: np.ndarray  # (bands, c, plane): the state d of every band, in strips
    bands: np.ndarray  # (bands, 4)
    passed: np.ndarray  # (2, bands, 2, c, n): first and last rows of every band, for its neighbours
    frames: Frames


class Scratch(NamedTuple):
    """Work arrays of one thread."""

    limited: np.ndarray  # (2, 2, plane): half the limited velocity; of frame f at place f % 2
    edge: np.ndarray  # (c, strip): what leaves a strip to the right
    shop: Workshop
    energy_phases: Phases  # of the energy's classes, now


@kernel
def _scales(flow, phases, t):
    """One over the rms of the flow's two raw components at lattice step t, called at every step."""
    advance_phases(phases, t)
    x, y = mean_squares(flow.mean, flow.swing, phases.turn)
    return 1 / np.sqrt(x), 1 / np.sqrt(y)


@kernel
def _exchange_rows(image, h, n_strips, turn, place):
    """Replace a band's outer rows by its neighbours' own.

    Rows go through buffers: a core takes a line that another one writes to only slowly. ``turn``
    counts the exchanges; two sets of buffers take turns, so that one meeting is enough.
    """
    _, rows, above, below = image.bands[place.rank]
    strip, phi, passed = (h + 2 * GHOST) * LANES, image.phi[place.rank], image.passed[turn % 2]
    top, bottom = (GHOST + above) * LANES, (GHOST + above + rows) * LANES
    before, after = (place.rank - 1) % place.size, (place.rank + 1) % place.size
    n = max(above, below) * LANES
    if above > 0:
        _copy_rows(phi, top, strip, n_strips, n, passed[place.rank, 0], True)
    if below > 0:
        _copy_rows(phi, bottom - n, strip, n_strips, n, passed[place.rank, 1], True)
    meet(place)
    if above > 0:
        _copy_rows(phi, top - n, strip, n_strips, n, passed[before, 1], False)
    if below > 0:
        _copy_rows(phi, bottom, strip, n_strips, n, passed[after, 0], False)


@kernel
def _copy_rows(phi, row, strip, n_strips, n, buffer, out):
    """Copy n numbers from place ``row`` of every strip on to a buffer (c, strips, n), or back."""
    for c in range(len(phi)):
        for j in range(n_strips):
            at = (j + 1) * strip + row
            for i in range(0, n, LANES):
                if out:
                    store(buffer[c], j * n + i, load(phi[c], at + i))
                else:
                    store(phi[c], at + i, load(buffer[c], j * n + i))


@kernel
def _limit(frames, number, rms, limit, mirror, first, height, shape, scratch):
    """Limit a band's rows of a key frame, from row ``first`` on, at this rms speed."""
    at = number % len(frames.raw)
    limit_frame(frames.raw[at], frames.to_unit[at], rms, limit, mirror, shape[0],
                (shape[1] + LANES - 1) // LANES, first, height,
                scratch.limited[number % 2])  # fmt: skip


@kernel
def _run_band(states, levels, n_steps, alphas, speeds, limit, spacing, flow, modes, steady,
              mirror, image, scratch, place):  # fmt: skip
    """Run one band of an image, the state in image.phi, to levels[-1].

    states[i] becomes the state at levels[i], which rise: of this band's own rows. A steady flow has
    its field in every raw frame already. All threads of the gang must call this.
    """
    h, w = states.shape[2:]
    n_strips = (w + LANES - 1) // LANES
    first, rows, above, below = image.bands[place.rank]
    height, halo, phi = above + rows + below, max(above, below), image.phi[place.rank]
    scale = (np.float64(1), np.float64(1))
    t, now, made, limited, wanted, good, turn = 0, 0, -1, -1, 0, halo, 0
    for k in range(1, levels[-1] + 1):
        limited = now - 1  # the limit acts at the level's speed
        for _ in range(n_steps[k]):
            if not steady:
                now = t // spacing
                while made < now + 1:
                    make_frames(
                        flow.table, modes, h, w, made + 1, image.frames, scratch.shop, place
                    )
                    made += place.size
            limited = max(limited, now - 1)
            while limited < now + 1:
                limited += 1
                _limit(image.frames, limited, speeds[k], limit, mirror, first - above, height,
                       (h, w), scratch)  # fmt: skip
            if not steady:
                scale = _scales(flow, scratch.energy_phases, t)
            if halo > 0:
                if good == 0:
                    _exchange_rows(image, height, n_strips, turn, place)
                    good, turn = halo, turn + 1
                good -= 1
            step(phi, scratch.edge, scratch.limited[now % 2], scratch.limited[(now + 1) % 2],
                 height, w, (speeds[k] * scale[0], speeds[k] * scale[1]),
                 (t % spacing) / spacing, np.float32(alphas[k]), mirror)  # fmt: skip
            t += 1
        while wanted < len(levels) and levels[wanted] == k:
            for c in range(states.shape[1]):
                unpack(phi[c], height, above, states[wanted, c, first : first + rows])
            wanted += 1


class Batch(NamedTuple):
    """What every image of a call shares."""

    schedule: LatticeSchedule
    speeds: np.ndarray
    velocity: Velocity
    spacing: int
    modes: Modes
    steady: np.ndarray | None  # (2, h, w)
    walls: Walls


def _share(shape: tuple[int, int], trajectory: Trajectory) -> Batch:
    schedule, velocity = trajectory.schedule, trajectory.velocity
    spacing = trajectory.frame_spacing(shape)
    speeds = rms_speed(trajectory.peclet, schedule.alpha, max(shape))
    modes = _modes(shape, velocity, spacing)
    steady = steady_field(shape, velocity)
    return Batch(schedule, speeds, velocity, spacing, modes, steady, trajectory.walls)


@functools.lru_cache(maxsize=8)
def _modes(shape: tuple[int, int], velocity: Velocity, spacing: int) -> Modes:
    none = random_modes(shape, velocity, np.zeros(0, np.int64))
    return shared_modes(none.omega * spacing, energy(none), none.joint)


def _draw_flows(shape: tuple[int, int], batch: Batch, seeds: np.ndarray) -> list[Flow]:
    modes = random_modes(shape, batch.velocity, seeds)
    energies = energy(modes)
    tables = mode_tables(modes, batch.spacing, batch.modes.plan_y).reshape(len(seeds), 4, -1)
    return [Flow(*x) for x in zip(tables, energies.mean, energy_tables(energies), strict=True)]


class Runner:
    """Runs images of one shape one after the other, each on the threads of a gang.

    Parameters
    ----------
    batch : Batch
    shape : (channels, height, width)
    threads : int
    """

    def __init__(self, batch: Batch, shape: tuple[int, int, int], threads: int) -> None:
        channels, h, w = shape
        self.batch = batch
        self.bands = bands(h, threads, batch.walls)
        self.gang = gang(threads)
        highest = max(band.height for band in self.bands)
        plane = plane_size(highest, w)
        halo = max(max(band.above, band.below) for band in self.bands)
        self.image = Image(
            aligned(threads, channels, plane), np.array(self.bands),
            aligned(2, threads, 2, channels, halo * LANES * -(-w // LANES)),
            empty_frames(h, w, threads),
        )  # fmt: skip
        self.scratch = [
            Scratch(aligned(2, 2, plane), aligned(channels, (highest + 2 * GHOST) * LANES),
                    workshop(h, w, batch.modes), own_phases(batch.modes.energy_phases))
            for _ in self.bands
        ]  # fmt: skip
        if batch.steady is not None:
            for frame in self.image.frames.raw:
                for component, plane in zip(batch.steady.astype(np.float32), frame, strict=True):
                    pack(component, plane)

    def run(self, start: np.ndarray, levels: np.ndarray, flow: Flow) -> np.ndarray:
        """States (m, c, h, w) of the image (c, h, w) at rising levels, from 1 on."""
        self._load(start)
        states = np.empty((len(levels), *start.shape), np.float32)
        if len(levels):
            members = zip(self.scratch, self.gang, strict=True)
            together(self.gang, [functools.partial(self._run_band, *member, states, levels, flow)
                                 for member in members])  # fmt: skip
        return states

    def _run_band(self, scratch: Scratch, place: Gang, states: np.ndarray, levels: np.ndarray,
                  flow: Flow) -> None:  # fmt: skip
        batch = self.batch
        _run_band(
            states, levels, batch.schedule.n_lbm_steps, batch.schedule.alpha, batch.speeds,
            batch.velocity.speed_limit, batch.spacing, flow, batch.modes, batch.steady is not None,
            batch.walls == "mirror", self.image, scratch, place,
        )  # fmt: skip

    def _load(self, start: np.ndarray) -> None:
        for phi, scratch, band in zip(self.image.phi, self.scratch, self.bands, strict=True):
            phi[:], scratch.edge[:] = 0, 0
            rows = np.arange(band.first - band.above, band.first + band.rows + band.below)
            for channel, plane in zip(start, phi, strict=True):
                pack(channel[rows % start.shape[1]], plane)


def _run_task(
    phi: np.ndarray, background: np.ndarray, seeds: np.ndarray, keep: np.ndarray, batch: Batch,
    threads: int, out: np.ndarray,
) -> None:  # fmt: skip
    """A few images: draw their flows together, then run one after the other."""
    flows = _draw_flows((phi.shape[-2], phi.shape[-1]), batch, seeds)
    runner = Runner(batch, phi.shape[1:], threads)
    base = np.where(np.abs(background) < SMALLEST_BACKGROUND, SMALLEST_BACKGROUND, background)
    offset = (background - base)[:, :, None, None]
    base = base[:, :, None, None]
    start = ((phi + offset) / base).astype(np.float32)
    for i, levels in enumerate(keep):
        unique = np.unique(levels[levels > 0])
        states = runner.run(start[i], unique, flows[i]) * base[i] - offset[i]
        for j, k in enumerate(levels):
            out[i, j] = states[np.searchsorted(unique, k)] if k > 0 else phi[i]


def trajectories(
    phi: np.ndarray, background: np.ndarray, trajectory: Trajectory, seeds: np.ndarray,
    keep: np.ndarray, threads: int = 1,
) -> np.ndarray:  # fmt: skip
    """States at the wanted levels, float32 (n, m, c, h, w); see `beyond_blur.lbm.solver.Solver`."""
    h, w = phi.shape[-2:]
    batch = _share((h, w), trajectory)
    background = np.asarray(background, np.float64)
    out = np.empty((*keep.shape, *phi.shape[1:]), np.float32)
    longest_first = np.argsort(-keep.max(axis=1, initial=0), kind="stable")
    size = max(1, min(TASK_CELLS // (h * w), len(phi) // (4 * threads)))
    tasks = [longest_first[i : i + size] for i in range(0, len(phi), size)]
    each = max(1, min(threads // max(1, len(phi)), h // BAND_ROWS, h * w // BAND_CELLS))

    def run(rows: np.ndarray) -> None:
        part = np.empty((len(rows), *out.shape[1:]), np.float32)
        _run_task(phi[rows], background[rows], seeds[rows], keep[rows], batch, each, part)
        out[rows] = part

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(run, tasks))
    return out
