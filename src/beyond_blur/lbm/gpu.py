"""The memoryless scheme on a GPU, through CuPy: many images at once, each field on chip.

The stages of a segment, some hundred lattice steps of all images of a chunk at once:

1. phases of the modes at the segment's key frames (``turns``), then the frames of all images: a
   spectrum, one complex inverse FFT for both components, the speed limit of every level that uses
   the frame. Where sides are powers of two and a frame fits into shared memory a block makes one
   from end to end (``make_frames``); elsewhere cuFFT stands between ``spectra`` and
   ``limit_frames``;
2. what scales the flow of each image to its rms speed at every step (``scales``);
3. all steps (``advance``): a block runs one image with all its channels, the field in shared
   memory, and writes the levels that are wanted. An image too large for one multiprocessor (three
   channels of 256 x 256 pixels are 768 KiB) is shared by a cluster of blocks on cards that have
   clusters (compute capability 9.0). Elsewhere a block runs one channel; if even that does not fit,
   the field is updated in place in global memory, at the speed of the second-level cache.

An image's numbers depend on nothing but the image, its seed and the card: sums have a fixed order,
FFTs run in batches of a fixed size, no two threads add to one number.

Everything but :class:`Cuda` works on NumPy arrays as well: tests run the whole pipeline on a CPU.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import cupy
import numpy as np

from beyond_blur.config import Velocity, Walls
from beyond_blur.lbm.cpu import SMALLEST_BACKGROUND
from beyond_blur.lbm.cpu_flow import SERIES, SERIES_END
from beyond_blur.lbm.turbulence import (
    energy,
    frame_spacing,
    interpolation_gain,
    random_modes,
    steady_field,
)
from beyond_blur.lbm.units import LatticeSchedule, rms_speed

FRAME_BYTES = 8
"""One key frame's cell: two single-precision numbers.

Half precision would round the flow by 3e-4 of itself; compressing a background of 10 grey values at
Pe = 0.3 on 16 pixels that is 1e-5 grey per step, past the 1e-5 that the backends may differ by.
"""

FRAMES_AT_ONCE = 64
"""Limited key frames per image and segment."""

STEPS_AT_ONCE = 4096
"""Lattice steps per segment, unless a single pair of key frames serves more."""

CELLS_AT_ONCE = 2**23
"""Pixels of a chunk of images: 512 of 128 x 128, enough to fill a card, and few enough that the
flows of the next chunk are drawn while this one runs."""

STEADY_SPACING = 1024
"""Steps between the key frames, all equal, of a flow that does not change."""

WARPS = 8
"""Most warps of a block: they leave 255 registers to every thread."""

MOST_COLUMNS = 24
"""Most columns, over all channels, that a thread has registers for."""

STEP = np.dtype([("half", "f4"), ("part", "f4"), ("now", "i4"), ("after", "i4"), ("level", "i4")])
"""struct Step of kernels.cu."""


class Layout(NamedTuple):
    """How an image lies on the card; all of it is compiled into the kernels."""

    height: int
    width: int
    channels: int  # of one block
    cols: int  # neighbouring columns per lane
    rows: int  # of a warp's band
    cluster: int = 1  # blocks, each with its share of rows, that hold one image
    on_chip: bool = True
    frames_on_chip: bool = False

    @property
    def warps(self) -> int:
        """Bands of a block, one warp each."""
        return -(-self.height // self.cluster // self.rows)

    @property
    def pitch(self) -> int:
        """Columns of a padded row."""
        return -(-self.width // self.cols) * self.cols

    @property
    def cells(self) -> int:
        """Pixels of a channel."""
        return self.height * self.width

    @property
    def shared_bytes(self) -> int:
        """Shared memory of a block: the first row of every band, and the field if on chip."""
        rows = self.warps + (self.height // self.cluster if self.on_chip else 0)
        return 4 * rows * self.channels * self.pitch

    @property
    def frame_threads(self) -> int:
        """Threads of the blocks that make key frames."""
        return 512 if self.cells >= 2**13 else 256

    @property
    def frame_bytes(self) -> int:
        """Shared memory of a block that makes a key frame from end to end, less 8 per thread."""
        return 8 * (self.height * (self.width + 1) + self.height + self.width)

    def defines(self, walls: Walls) -> tuple[str, ...]:
        """Macros for the compiler."""
        values = {
            "HEIGHT": self.height, "WIDTH": self.width, "CHANNELS": self.channels,
            "COLS": self.cols, "ROWS": self.rows, "WARPS": self.warps, "CLUSTER": self.cluster,
            "MIRROR": int(walls == "mirror"), "ON_CHIP": int(self.on_chip),
            "FRAME_THREADS": self.frame_threads, "SERIES_END": f"{SERIES_END}f",
            **{f"SERIES_{i}": f"{x:.9e}f" for i, x in enumerate(SERIES)},
        }  # fmt: skip
        if self.frames_on_chip:
            values |= {"FINE_X": fft_pass(self.width), "FINE_Y": fft_pass(self.height)}
        return tuple(f"-D{name}={value}" for name, value in values.items())


def layout(
    shape: tuple[int, int], channels: int, shared_limit: int, clusters: bool = False
) -> Layout:
    """A warp spans the image's width; the channels lie together wherever they fit.

    In order of preference: all channels in one block, all in a cluster of two to eight blocks, one
    channel per block, one channel per block in global memory.

    Parameters
    ----------
    shape : (height, width)
    channels : int
    shared_limit : int
        Bytes of shared memory that one block may have.
    clusters : bool
        Whether the card has thread-block clusters (compute capability 9.0 and up).

    Raises
    ------
    ValueError
        If the image is wider than the kernels' 256 columns.
    """
    h, w = shape
    if w > 256:
        raise ValueError(
            f"images are {w} pixels wide, but the GPU solver takes at most 256; "
            "set corruption.backend to 'cpu'"
        )
    cols = -(-w // 32)
    choices = []
    if channels * cols <= MOST_COLUMNS:
        sizes = [n for n in (1, 2, 4, 8) if n == 1 or (clusters and h % n == 0)]
        choices = [Layout(h, w, channels, cols, _rows(h // n), n) for n in sizes]
    one = Layout(h, w, 1, cols, _rows(h))
    fits = [x for x in (*choices, one) if x.shared_bytes <= shared_limit]
    chosen = fits[0] if fits else one._replace(on_chip=False)
    powers = all(n >= 4 and n & (n - 1) == 0 for n in shape)
    small = one.frame_bytes + 8 * one.frame_threads <= shared_limit
    return chosen._replace(frames_on_chip=powers and small)


def _rows(height: int) -> int:
    """Rows of a band: eight make little of the rows beyond its ends; more for more than 8 warps."""
    return min(height, max(8, -(-height // WARPS)))


def fft_pass(n: int) -> int:
    """Length of the first of the two passes of an on-chip FFT: the root of n, 4..256, or twice."""
    return 1 << -(-(n.bit_length() - 1) // 2)


def fft_order(n: int) -> np.ndarray:
    """Which number of the input the on-chip FFT wants in each place."""
    fine = fft_pass(n)
    place = np.arange(n)
    return place // fine + n // fine * (place % fine)


class Segment(NamedTuple):
    """Some consecutive lattice steps and the key frames they need, the same for all images."""

    start: int  # lattice steps done before
    level: int  # of the first step
    steps: np.ndarray  # STEP (n_steps,)
    speed: np.ndarray  # float32 (n_steps,): rms speed
    first_frame: int
    begin: np.ndarray  # int32 (n_frames + 1,): first limited frame of each key frame
    inverse: np.ndarray  # float32 (n_limited,): rms speed / speed limit of each limited frame


def segments(
    schedule: LatticeSchedule, speeds: np.ndarray, speed_limit: float, spacing: int, last: int,
    frames_at_once: int,
) -> Iterator[Segment]:  # fmt: skip
    """The steps up to level ``last`` in segments of bounded memory.

    The speed limit acts at the rms speed of the level in force, so a key frame is limited once for
    every level whose steps it serves: ``frames_at_once`` counts such limited frames.

    Parameters
    ----------
    schedule : LatticeSchedule
    speeds : float64 (K + 1,)
        Rms speed of each level.
    speed_limit : float
    spacing : int
        Lattice steps between key frames.
    last : int
        Level of the last step.
    """
    level = np.repeat(np.arange(last + 1), schedule.n_lbm_steps[: last + 1])
    frame = np.arange(len(level)) // spacing
    fresh = (np.diff(level, prepend=-1) != 0) | (np.diff(frame, prepend=-1) != 0)
    bounds = np.append(np.flatnonzero(fresh), len(level))
    start = used = 0
    for low, high in itertools.pairwise(bounds):
        extra = 1 if low > start and level[low] == level[low - 1] else 2
        if low > start and (used + extra > frames_at_once or high - start > STEPS_AT_ONCE):
            yield _segment(schedule, speeds, speed_limit, spacing, start, level[start:low])
            start, used, extra = int(low), 0, 2
        used += extra
    if start < len(level):
        yield _segment(schedule, speeds, speed_limit, spacing, start, level[start:])


def _segment(
    schedule: LatticeSchedule, speeds: np.ndarray, speed_limit: float, spacing: int, start: int,
    level: np.ndarray,
) -> Segment:  # fmt: skip
    step = start + np.arange(len(level))
    frame, n_keys = step // spacing, len(speeds)
    wanted = np.concatenate([frame, frame + 1]) * n_keys + np.tile(level, 2)
    keys, place = np.unique(wanted, return_inverse=True)
    steps = np.zeros(len(level), STEP)
    steps["half"], steps["part"] = schedule.alpha[level], step % spacing / spacing
    steps["now"], steps["after"] = place.reshape(2, -1)
    steps["level"] = np.where(step + 1 == schedule.first_step[level], level, 0)
    of_frame = keys // n_keys
    begin = np.searchsorted(of_frame, np.arange(of_frame[0], of_frame[-1] + 2))
    inverse = (speeds[keys % n_keys] / speed_limit).astype(np.float32)
    speed = speeds[level].astype(np.float32)
    return Segment(
        start, int(level[0]), steps, speed, int(of_frame[0]), begin.astype(np.int32), inverse
    )


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
    shape: tuple[int, int], channels: int, schedule: LatticeSchedule, peclet: float,
    velocity: Velocity, placed: Layout,
) -> Problem:  # fmt: skip
    """Rates and speeds of a call; see :func:`trajectories` for the arguments."""
    none = random_modes(shape, velocity, np.zeros(0, np.int64))
    steady = steady_field(shape, velocity)
    spacing = STEADY_SPACING if steady is not None else frame_spacing(velocity, shape, peclet)
    places = np.arange(placed.cells).reshape(shape)
    if placed.frames_on_chip:
        places = places[np.ix_(fft_order(shape[0]), fft_order(shape[1]))]
    order = places.ravel()
    return Problem(
        placed, channels, schedule, rms_speed(peclet, schedule.alpha, max(shape)), velocity,
        spacing, order, spacing * none.omega.ravel()[order], 2 * energy(none).rate, none.joint,
        steady,
    )  # fmt: skip


def draw_flows(shared: Problem, seeds: np.ndarray) -> Flows:
    """Modes of some images, each from its own seed."""
    shape = (shared.layout.height, shared.layout.width)
    modes = random_modes(shape, shared.velocity, seeds)
    energies, gain = energy(modes), interpolation_gain(modes.omega, shared.spacing)
    waves = np.empty((len(seeds), shared.layout.cells, 2), np.complex64)
    for i, wave in enumerate((modes.forward, modes.backward)):
        modes_of_both = (gain * (wave[:, 0] + 1j * wave[:, 1])).reshape(len(seeds), -1)
        waves[..., i] = modes_of_both[:, shared.order]
    return Flows(
        waves, energies.mean.astype(np.float32), energies.swing.conj().astype(np.complex64)
    )


class Machine(Protocol):
    """Where kernels run: a device, or a test's emulation of one."""

    xp: Any
    """cupy or numpy."""

    fft_cells: int
    """Cells of one batch of FFTs."""

    def launch(
        self, kernel: str, grid: tuple[int, int], threads: int, arguments: tuple, shared: int = 0
    ) -> None:
        """Queue a kernel on ``grid`` blocks of ``threads`` with ``shared`` bytes each."""


class Cuda:
    """The current CUDA device, with the kernels compiled for one layout."""

    fft_cells = 2**22
    xp = cupy

    def __init__(self, placed: Layout, walls: Walls) -> None:
        self.module = cupy.RawModule(
            code=source(), options=("--std=c++17", *placed.defines(walls)), backend="nvrtc"
        )

    def launch(
        self, kernel: str, grid: tuple[int, int], threads: int, arguments: tuple, shared: int = 0
    ) -> None:
        """Queue a kernel on the current stream."""
        function = self.module.get_function(kernel)
        if shared > function.max_dynamic_shared_size_bytes:
            function.max_dynamic_shared_size_bytes = shared
        function(grid, (threads,), arguments, shared_mem=shared)


def source() -> str:
    """The kernels' source."""
    return Path(__file__).with_name("kernels.cu").read_text()


@functools.lru_cache(maxsize=16)
def _machine(placed: Layout, walls: Walls, device: int) -> Cuda:
    """One compilation per layout, wall and device."""
    return Cuda(placed, walls)


class Images(NamedTuple):
    """A chunk of images, the longest trajectory first; arrays of the machine but for ``last``."""

    last: np.ndarray  # int32 (n,): last wanted level
    state: Any  # float32 (n, c, h, pitch): d
    base: Any  # float64 (n, c)
    offset: Any  # float64 (n, c)
    keep: Any  # int32 (n, m)
    flows: Flows
    frames: Any  # float32 (n, FRAMES_AT_ONCE, h, pitch, 2): half the limited velocity
    out: Any  # float32 (n, m, c, h, w)


def _upload(
    machine: Machine, shared: Problem, phi: np.ndarray, background: np.ndarray, keep: np.ndarray,
    flows: Flows,
) -> Images:  # fmt: skip
    xp, placed = machine.xp, shared.layout
    n, c, h, w = phi.shape
    base = np.where(np.abs(background) < SMALLEST_BACKGROUND, SMALLEST_BACKGROUND, background)
    offset = background - base
    start = np.zeros((n, c, h, placed.pitch), np.float32)
    start[..., :w] = (phi + offset[:, :, None, None]) / base[:, :, None, None]
    out = xp.empty((*keep.shape, c, h, w), np.float32)
    image, column = np.nonzero(keep == 0)
    if len(image):
        out[xp.asarray(image), xp.asarray(column)] = xp.asarray(phi[image])
    return Images(
        keep.max(axis=1, initial=0).astype(np.int32), xp.asarray(start), xp.asarray(base),
        xp.asarray(offset), xp.asarray(keep.astype(np.int32)),
        Flows(*(xp.asarray(np.ascontiguousarray(x)) for x in flows)),
        xp.zeros((n, FRAMES_AT_ONCE, h, placed.pitch, 2), np.float32), out,
    )  # fmt: skip


def _make_frames(
    machine: Machine, shared: Problem, images: Images, active: int, segment: Segment
) -> None:
    """Limited key frames of the first ``active`` images."""
    xp, placed, n_frames = machine.xp, shared.layout, len(segment.begin) - 1
    begin, inverse = xp.asarray(segment.begin), xp.asarray(segment.inverse)
    joint, total = np.int32(shared.joint), active * n_frames
    count = (np.int32(n_frames), np.int32(FRAMES_AT_ONCE))
    if shared.steady is not None:
        field = np.moveaxis(shared.steady, 0, -1).astype(np.float32)
        machine.launch(
            "limit_frames", (total, 1), placed.frame_threads,
            (xp.asarray(np.ascontiguousarray(field)), begin, inverse, np.int32(0), np.int32(total),
             *count, np.int32(1), joint, images.frames),
        )  # fmt: skip
        return
    turn = _turns(machine, shared.frame_rate, segment.first_frame, n_frames)
    if placed.frames_on_chip:
        machine.launch(
            "make_frames", (total, 1), placed.frame_threads,
            (images.flows.waves, turn, begin, inverse, *count, joint, images.frames),
            placed.frame_bytes,
        )  # fmt: skip
        return
    cells = placed.cells
    batch = max(1, min(machine.fft_cells // cells, 2**15))
    spectra = xp.zeros((batch, placed.height, placed.width), np.complex64)
    for first in range(0, total, batch):
        where = (np.int32(first), np.int32(total))
        machine.launch("spectra", (-(-cells // 256), batch), 256,
                       (images.flows.waves, turn, *where, count[0], spectra))  # fmt: skip
        raw = xp.fft.ifft2(spectra, norm="forward")
        machine.launch("limit_frames", (min(batch, total - first), 1), placed.frame_threads,
                       (raw, begin, inverse, *where, *count, np.int32(0), joint,
                        images.frames))  # fmt: skip


def _turns(machine: Machine, rate: np.ndarray, start: int, count: int) -> Any:
    """cos, sin of rate * (start + i), i < count, as complex64 (count, len(rate))."""
    xp = machine.xp
    turn = xp.empty((count, rate.size), np.complex64)
    machine.launch("turns", (-(-turn.size // 256), 1), 256,
                   (xp.asarray(rate), np.int32(rate.size), np.float64(start), np.int32(count),
                    turn))  # fmt: skip
    return turn


def _scales(
    machine: Machine, shared: Problem, images: Images, active: int, segment: Segment
) -> Any:
    """What brings limited frames to the velocity of each step, float32 (active, n_steps, 2)."""
    xp, n_steps, m = machine.xp, len(segment.steps), shared.energy_rate.size
    speed = xp.asarray(segment.speed)
    if shared.steady is not None:
        return xp.ascontiguousarray(xp.broadcast_to(speed[:, None], (active, n_steps, 2)))
    turn = _turns(machine, shared.energy_rate, segment.start, n_steps)
    scale = xp.empty((active, n_steps, 2), np.float32)
    machine.launch("scales", (-(-n_steps // 64), -(-2 * active // 64)), 256,
                   (images.flows.mean, images.flows.swing, turn, speed, np.int32(2 * active),
                    np.int32(m), np.int32(n_steps), scale))  # fmt: skip
    return scale


def run_chunk(
    machine: Machine, shared: Problem, phi: np.ndarray, background: np.ndarray, keep: np.ndarray,
    flows: Flows,
) -> Any:  # fmt: skip
    """States of a chunk of images, sorted by falling last level, float32 (n, m, c, h, w)."""
    xp, placed = machine.xp, shared.layout
    images = _upload(machine, shared, phi, background, keep, flows)
    last = xp.asarray(images.last)
    blocks = shared.channels // placed.channels
    for segment in segments(shared.schedule, shared.speeds, shared.velocity.speed_limit,
                            shared.spacing, int(images.last.max(initial=0)),
                            FRAMES_AT_ONCE):  # fmt: skip
        active = int((images.last >= segment.level).sum())
        _make_frames(machine, shared, images, active, segment)
        scale = _scales(machine, shared, images, active, segment)
        steps = xp.asarray(segment.steps.view(np.int32))
        machine.launch(
            "advance", (active * blocks * placed.cluster, 1), 32 * placed.warps,
            (images.state, images.frames, steps, scale, last, images.keep, images.base,
             images.offset, images.out, np.int32(shared.channels), np.int32(FRAMES_AT_ONCE),
             np.int32(len(segment.steps)), np.int32(keep.shape[1])),
            placed.shared_bytes,
        )  # fmt: skip
    return images.out


def images_at_once(shared: Problem, n_keep: int, chunk_bytes: int) -> int:
    """Images of a chunk, whose arrays take up to ``chunk_bytes``."""
    cells, c = shared.layout.height * shared.layout.pitch, shared.channels
    frames = FRAME_BYTES * FRAMES_AT_ONCE + 16  # and the modes
    each = cells * (frames + 4 * c * (1 + n_keep)) + 16 * shared.energy_rate.size
    return max(1, min(chunk_bytes // each, CELLS_AT_ONCE // shared.layout.cells))


def _drawn_ahead(
    shared: Problem, seeds: np.ndarray, chunks: list[np.ndarray], threads: int
) -> Iterator[tuple[np.ndarray, Flows]]:
    """Chunks with their flows, drawn on ``threads`` threads while the chunk before is run."""

    def submit(pool: Executor, rows: np.ndarray) -> list[Future[Flows]]:
        parts = np.array_split(rows, max(threads, len(rows) * shared.layout.cells // 2**18))
        return [pool.submit(draw_flows, shared, seeds[part]) for part in parts if len(part)]

    with ThreadPoolExecutor(threads) as pool:
        ahead = [submit(pool, rows) for rows in chunks[:1]]
        for i, rows in enumerate(chunks):
            drawn = [part.result() for part in ahead.pop()]
            ahead = [submit(pool, following) for following in chunks[i + 1 : i + 2]]
            yield rows, Flows(*map(np.concatenate, zip(*drawn, strict=True)))


def run(
    machine: Machine, shared: Problem, chunk_bytes: int, phi: np.ndarray, background: np.ndarray,
    seeds: np.ndarray, keep: np.ndarray, threads: int, take: Callable[[np.ndarray, Any], None],
) -> None:  # fmt: skip
    """Run all images in chunks of ``chunk_bytes``; ``take`` gets rows and states of each."""
    background = np.asarray(background, np.float64)
    longest_first = np.argsort(-keep.max(axis=1, initial=0), kind="stable")
    size = images_at_once(shared, keep.shape[1], chunk_bytes)
    chunks = [longest_first[i : i + size] for i in range(0, len(phi), size)]
    for rows, flows in _drawn_ahead(shared, seeds, chunks, threads):
        take(rows, run_chunk(machine, shared, phi[rows], background[rows], keep[rows], flows))


@functools.lru_cache(maxsize=16)
def _stream(device: int) -> cupy.cuda.Stream:
    """One stream per device that does not wait for the default stream: it overlaps training."""
    return cupy.cuda.Stream(non_blocking=True)


def room() -> int:
    """Bytes of the current device for one chunk: half of what is free, at most 16 GiB."""
    free, _ = cupy.cuda.runtime.memGetInfo()
    free += cupy.get_default_memory_pool().free_bytes()
    return min(free // 2, 2**34)


def layout_on(device: cupy.cuda.Device, shape: tuple[int, int], channels: int) -> Layout:
    """:func:`layout` on a device."""
    shared_limit = device.attributes["MaxSharedMemoryPerBlockOptin"]
    return layout(shape, channels, shared_limit, int(device.compute_capability) >= 90)


def _run_on_device(
    phi: np.ndarray, background: np.ndarray, schedule: LatticeSchedule, peclet: float,
    velocity: Velocity, walls: Walls, seeds: np.ndarray, keep: np.ndarray, threads: int,
    take: Callable[[np.ndarray, Any], None],
) -> None:  # fmt: skip
    device = cupy.cuda.Device()
    shape, channels = (phi.shape[-2], phi.shape[-1]), phi.shape[1]
    placed = layout_on(device, shape, channels)
    shared = problem(shape, channels, schedule, peclet, velocity, placed)
    machine = _machine(placed, walls, device.id)
    run(machine, shared, room(), phi, background, seeds, keep, threads, take)


def device_name() -> str:
    """Name of the current CUDA device."""
    name: bytes = cupy.cuda.runtime.getDeviceProperties(cupy.cuda.Device().id)["name"]
    return name.decode()


def fault() -> str | None:
    """Why the solver cannot run here, or None if it can: a small image shows it, once per device.

    Besides a device it needs a compiler, headers and cuFFT that CuPy finds, and a driver and a card
    that take what they make. Each lack would otherwise show only at the first launch.
    """
    if not cupy.cuda.is_available():
        return "CuPy sees no CUDA device"
    return _fault(cupy.cuda.Device().id)


@functools.lru_cache(maxsize=16)
def _fault(device: int) -> str | None:
    schedule = LatticeSchedule.from_blur_widths(np.array([0.0, 0.5]))
    phi = np.zeros((1, 1, 6, 8), np.float32)
    try:
        trajectories(phi, np.ones((1, 1)), schedule, 0.1, Velocity(), "mirror", np.zeros(1, int),
                     np.array([[0, 1]]))  # fmt: skip
    except Exception as error:  # whatever the driver, the compiler or a library raises
        words = str(error).strip() or "no message"
        return f"{type(error).__name__}: {words.splitlines()[0]}"
    return None


def trajectories(
    phi: np.ndarray, background: np.ndarray, schedule: LatticeSchedule, peclet: float,
    velocity: Velocity, walls: Walls, seeds: np.ndarray, keep: np.ndarray, threads: int = 1,
) -> np.ndarray:  # fmt: skip
    """States of phi + background at the wanted levels, minus background.

    Parameters
    ----------
    phi : float32 (n, c, h, w)
        Deviation from the background; w up to 256.
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
        Threads of the host that draw flows; does not change the result.

    Returns
    -------
    float32 (n, m, c, h, w)

    Raises
    ------
    ValueError
        If the images are too wide.
    """
    out = np.empty((*keep.shape, *phi.shape[1:]), np.float32)

    def take(rows: np.ndarray, states: cupy.ndarray) -> None:
        out[rows] = states.get()

    with _stream(cupy.cuda.Device().id):
        _run_on_device(phi, background, schedule, peclet, velocity, walls, seeds, keep, threads,
                       take)  # fmt: skip
    return out


class DeviceStates(NamedTuple):
    """States queued on the solver's own stream, perhaps not done yet."""

    states: cupy.ndarray  # float32 (n, m, c, h, w)
    ready: cupy.cuda.Event

    def to_torch(self) -> Any:
        """The same memory as a torch tensor; torch's current stream waits until it is filled."""
        import torch

        with self.states.device:
            consumer = torch.cuda.current_stream(self.states.device.id).cuda_stream
            cupy.cuda.runtime.streamWaitEvent(consumer, self.ready.ptr)
            # -1: no further wait, the solver's stream may have later work by now.
            return torch.utils.dlpack.from_dlpack(self.states.__dlpack__(stream=-1))


@functools.lru_cache(maxsize=16)
def _tensor_pool(device: int) -> cupy.cuda.MemoryPool:
    """Memory of states handed out; nobody else gets what a consumer may still be reading."""
    return cupy.cuda.MemoryPool()


def states_on_device(
    phi: np.ndarray, background: np.ndarray, schedule: LatticeSchedule, peclet: float,
    velocity: Velocity, walls: Walls, seeds: np.ndarray, keep: np.ndarray, threads: int = 1,
    consumer: int = 0,
    finish: Callable[[Any, np.ndarray, Any], Any] = lambda xp, rows, states: states,
) -> DeviceStates:  # fmt: skip
    """The states of :func:`trajectories` left on the device, queued and not waited for.

    To overlap training: queue the states of the next batch, queue the training step of this one,
    then take the next batch's tensor.

    Parameters
    ----------
    consumer : int
        Stream that used earlier states (``torch.cuda.current_stream().cuda_stream``; 0 is the
        default stream): memory it gave back is filled again only after what is queued on it now.
    finish : callable
        Gets the module of the arrays, rows and their states, float32 (rows, m, c, h, w), and
        returns the states to hand out.

    Other arguments and errors are those of :func:`trajectories`.
    """
    device = cupy.cuda.Device().id
    stream, used = _stream(device), cupy.cuda.Event(disable_timing=True)
    with stream:
        with cupy.cuda.using_allocator(_tensor_pool(device).malloc):
            out = cupy.empty((*keep.shape, *phi.shape[1:]), np.float32)
        # After the memory is had: another thread may have given it back a moment ago.
        cupy.cuda.runtime.eventRecord(used.ptr, consumer)
        stream.wait_event(used)

        def take(rows: np.ndarray, states: cupy.ndarray) -> None:
            out[cupy.asarray(rows)] = finish(cupy, rows, states)

        _run_on_device(phi, background, schedule, peclet, velocity, walls, seeds, keep, threads,
                       take)  # fmt: skip
        return DeviceStates(out, stream.record())
