"""Forward process on arrays: states, training pairs and terminal states of a batch of images.

Grey values 0 and 1 are mapped to a and a + b (``Corruption.grey_range``) while the solver runs. The
solver P is linear, so the state mapped back is

    (P(a + b u) - a) / b = P u + (a / b) (P 1 - 1).

The second term is what a compressible flow makes of a uniform field. With the authors' range
[0.95, 1.05] a / b is 9.5: compressions of one part in a thousand show as 0.01 grey, about ten times
more than a mapping to [0, 1] would show. A divergence-free flow leaves the term out up to the
grid's order, except at mirror walls: the periodic flow crosses them, and what it carries piles up
there. Measured for a uniform grey image of 64 x 64 at Pe = 0.1 and sigma_B = 16 px, rms in grey
values: periodic walls 0.036 compressible and below 0.0002 divergence-free; mirror walls 0.043
compressible and 0.030 divergence-free, of which only 0.005 further than 16 px from the walls.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from beyond_blur.config import Corruption, Velocity
from beyond_blur.lbm.key_frames import frame_spacing
from beyond_blur.lbm.units import LatticeSchedule, check_stability

if TYPE_CHECKING:
    from beyond_blur.lbm.gpu import DeviceStates

TERMINAL_DRAW = 2**32 - 1
"""Number of the flow that makes terminal states; training flows count up from 0."""


def corrupt(
    images: np.ndarray, schedule: LatticeSchedule, peclet: float, velocity: Velocity,
    options: Corruption, seeds: np.ndarray, keep: np.ndarray, transport: bool = True,
) -> np.ndarray:  # fmt: skip
    """States of images at the wanted levels.

    Parameters
    ----------
    images : float32 (n, c, h, w)
        Grey values in [0, 1].
    schedule : LatticeSchedule
    peclet : float
        Peclet number; 0 is pure diffusion.
    velocity : Velocity
    options : Corruption
        Backend, walls, grey range and threads.
    seeds : int64 (n,)
        Seed of each image's flow (see :func:`flow_seeds`).
    keep : int (n, m)
        Levels wanted of each image, 0 (the clean image) to K, in any order, repeats allowed. Each
        image is run to its largest wanted level and no further.
    transport : bool
        False leaves the image to diffusion alone and adds what the flow makes of a uniform black
        image, (a / b) (P 1 - 1): a control with the flow's low-frequency noise and no advection.

    Returns
    -------
    float32 (n, m, c, h, w)
        Row i, column j is image i at level keep[i, j].

    Raises
    ------
    ValueError
        If shapes do not fit, a level is outside 0..K, or the flow is too fast for the lattice.
    RuntimeError
        If the backend cannot run here.
    """
    if peclet > 0 and not transport:
        still = corrupt(images, schedule, 0.0, velocity, options, seeds, keep)
        black = np.zeros_like(images)
        return still + corrupt(black, schedule, peclet, velocity, options, seeds, keep)
    images, seeds, keep = np.asarray(images), np.asarray(seeds), np.asarray(keep)
    mean, arguments = _deviations(images, schedule, peclet, velocity, options, seeds, keep)
    states = solver(options, peclet, images.shape[1:])(*arguments)
    return _grey_values(np, states, images, mean, keep)


def corrupt_on_device(
    images: np.ndarray, schedule: LatticeSchedule, peclet: float, velocity: Velocity,
    options: Corruption, seeds: np.ndarray, keep: np.ndarray, consumer: int = 0,
) -> DeviceStates:  # fmt: skip
    """The states of :func:`corrupt` on the current CUDA device, queued and not waited for.

    Only for what :func:`stays_on_device`. For ``consumer`` see
    :func:`beyond_blur.lbm.gpu.states_on_device`; other arguments and errors are those of
    :func:`corrupt`, and so are the numbers.
    """
    from beyond_blur.lbm import gpu

    images, seeds, keep = np.asarray(images), np.asarray(seeds), np.asarray(keep)
    mean, arguments = _deviations(images, schedule, peclet, velocity, options, seeds, keep)

    def finish(xp: Any, rows: np.ndarray, states: Any) -> Any:
        return _grey_values(xp, states, images[rows], mean[rows], keep[rows])

    solve: Callable[..., DeviceStates] = gpu.states_on_device
    return solve(*arguments, consumer=consumer, finish=finish)


def stays_on_device(
    options: Corruption, peclet: float, shape: tuple[int, ...], transport: bool = True
) -> bool:
    """Whether the GPU solver makes all of a state, so that :func:`corrupt_on_device` can.

    Arguments and errors are those of :func:`solver_name`.
    """
    return transport and solver_name(options, peclet, shape) == "gpu"


def _deviations(
    images: np.ndarray, schedule: LatticeSchedule, peclet: float, velocity: Velocity,
    options: Corruption, seeds: np.ndarray, keep: np.ndarray,
) -> tuple[np.ndarray, tuple[Any, ...]]:  # fmt: skip
    """Mean of each channel, float64 (n, c), and the arguments of a solver's ``trajectories``."""
    _check_arguments(images, seeds, keep, schedule.n_levels)
    if peclet > 0:
        check_stability(schedule, peclet, velocity, max(images.shape[-2:]))
    low, high = options.grey_range
    mean = images.mean(axis=(2, 3), dtype=np.float64)
    deviation = (images - mean[:, :, None, None]).astype(np.float32)
    background = low / (high - low)
    shape = (images.shape[-2], images.shape[-1])
    if peclet > 0:
        spacing = frame_spacing(velocity, shape, float(peclet), abs(background) + 1)
        velocity = dataclasses.replace(velocity, frame_spacing=spacing)
    return mean, (
        deviation, mean + background, schedule, peclet, velocity, options.walls, seeds, keep,
        options.threads,
    )  # fmt: skip


def _grey_values(
    xp: Any, states: Any, images: np.ndarray, mean: np.ndarray, keep: np.ndarray
) -> Any:
    """Deviations plus means, and the clean image itself at level 0; ``xp`` is NumPy or CuPy."""
    states = (states + xp.asarray(mean)[:, None, :, None, None]).astype(np.float32)
    image, column = np.nonzero(keep == 0)
    if len(image):
        states[xp.asarray(image), xp.asarray(column)] = xp.asarray(images[image])
    return states


def solver_name(options: Corruption, peclet: float, shape: tuple[int, ...]) -> str:
    """Which of the solvers of `lbm` runs here: reference, cpu, gpu, or diffusion where Pe = 0.

    Parameters
    ----------
    options : Corruption
        Backend and walls.
    peclet : float
    shape : (channels, height, width)

    Raises
    ------
    RuntimeError
        If the backend cannot run here.
    """
    return solver(options, peclet, shape).__module__.rpartition(".")[2]


def solver(options: Corruption, peclet: float, shape: tuple[int, ...]) -> Callable[..., np.ndarray]:
    """The ``trajectories`` of a backend, imported only now; Pe = 0 has its own short cut.

    Arguments and errors are those of :func:`solver_name`.
    """
    backend: str = options.backend
    if peclet == 0 and backend != "reference":
        return importlib.import_module("beyond_blur.lbm.diffusion").trajectories
    if backend == "auto":
        backend = _best_backend(shape, options.walls)
    if backend == "gpu":
        device, reason = _device(shape, options.walls)
        if device is None:
            raise RuntimeError(
                f"corruption.backend 'gpu' cannot run here ({reason}); it needs a CUDA device and "
                "cupy-cuda12x: where it cannot have them, set corruption.backend to 'cpu'"
            )
    return importlib.import_module(f"beyond_blur.lbm.{backend}").trajectories


@functools.lru_cache(maxsize=16)
def _best_backend(shape: tuple[int, ...], walls: str) -> str:
    """What "auto" stands for here: the GPU where one can serve such images, else the CPU."""
    device, reason = _device(shape, walls)
    _say(f"the CPU ({reason})" if device is None else f"the GPU ({device})")
    return "cpu" if device is None else "gpu"


@functools.lru_cache(maxsize=16)
def _say(where: str) -> None:
    """Once."""
    print(f"corruption.backend 'auto': solving on {where}", file=sys.stderr, flush=True)


def _device(shape: tuple[int, ...], walls: str) -> tuple[str | None, str]:
    """Name of the CUDA device, or None and why none can be used."""
    try:
        gpu = importlib.import_module("beyond_blur.lbm.gpu")
    except ImportError as error:
        return None, str(error)
    reason = gpu.fault(shape[1:], shape[0], walls)
    return (None, reason) if reason else (gpu.device_name(), "")


def _check_arguments(
    images: np.ndarray, seeds: np.ndarray, keep: np.ndarray, n_levels: int
) -> None:
    if images.ndim != 4:
        raise ValueError(f"images must be (n, c, h, w), but have shape {images.shape}")
    if min(images.shape[-2:]) < 2:
        raise ValueError(f"images must have at least 2 x 2 pixels, but have shape {images.shape}")
    if seeds.shape != images.shape[:1]:
        raise ValueError(
            f"seeds must be ({len(images)},), one per image, but have shape {seeds.shape}"
        )
    if keep.ndim != 2 or len(keep) != len(images):
        raise ValueError(f"keep must be ({len(images)}, m), one row per image, but is {keep.shape}")
    outside = keep[(keep < 0) | (keep > n_levels)]
    if len(outside):
        raise ValueError(
            f"keep asks for level {outside[0]}, but levels are 0..{n_levels}; "
            "ask for less or raise levels.n_levels"
        )


def flow_seeds(seed: int, image_ids: np.ndarray, draw: int) -> np.ndarray:
    """Seed of each image's flow, int64 (n,): first word of SeedSequence((seed, image id, draw)).

    Depends on the experiment's seed, the image and the number of the draw, and on nothing else.
    """
    words = [
        np.random.SeedSequence((seed, int(image), draw)).generate_state(1, np.uint64)[0] >> 1
        for image in np.asarray(image_ids)
    ]
    return np.array(words, dtype=np.int64)


def stratified_levels(n_images: int, m: int, n_levels: int, rng: np.random.Generator) -> np.ndarray:
    """Levels 1..K, int64 (n_images, m), uniform and evenly spread both ways.

    Column j of a row lies in the j-th of m equal parts of 1..K; within a part the images take
    evenly spaced places in random order. Each single level is uniform on 1..K over a row's columns.
    K is ``n_levels``: less than a process has where its last level is left out.
    """
    place = np.stack([rng.permutation(n_images) for _ in range(m)], axis=1)
    share = (np.arange(m) + (place + rng.random((n_images, m))) / n_images) / m
    return np.minimum((share * n_levels).astype(np.int64), n_levels - 1) + 1


def draw_pairs(
    images: np.ndarray, schedule: LatticeSchedule, peclet: float, velocity: Velocity,
    options: Corruption, image_ids: np.ndarray, rng: np.random.Generator | None = None,
    first_draw: int = 0, transport: bool = True, last_level: int | None = None,
) -> dict[str, np.ndarray]:  # fmt: skip
    """Training pairs: ``options.draws`` flows per image, ``options.levels_per_draw`` pairs each.

    Parameters
    ----------
    images : float32 (n, c, h, w)
        Grey values in [0, 1].
    image_ids : int (n,)
        What identifies each image in its dataset; with options.seed it fixes the flows.
    rng : numpy.random.Generator, optional
        Source of the levels; by default made from options.seed, first_draw and the image ids.
    first_draw : int
        Number of the first flow; raise it for fresh flows of the same images.
    transport : bool
        See :func:`corrupt`.
    last_level : int, optional
        Largest level drawn; by default K (see `beyond_blur.config.checks.last_trained`).

    Returns
    -------
    dict with N = n * draws * levels_per_draw rows, images outermost, flows next
        ``x_k``, ``x_previous`` float32 (N, c, h, w): levels k and k - 1 under one velocity draw;
        ``k`` int64 (N,) in 1..last_level; ``image_index`` int64 (N,) position in ``images``.
    """
    n, m = len(images), options.levels_per_draw
    if rng is None:
        rng = np.random.default_rng((options.seed, first_draw, *map(int, image_ids)))
    k = stratified_levels(n, options.draws * m, last_level or schedule.n_levels, rng)
    # Columns are strata; deal them out to the flows so that each flow sees the whole range.
    k = k.reshape(n, m, options.draws).swapaxes(1, 2)
    pairs = np.empty((n, options.draws, 2 * m, *images.shape[1:]), np.float32)
    for draw in range(options.draws):
        seeds = flow_seeds(options.seed, image_ids, first_draw + draw)
        wanted = np.concatenate([k[:, draw], k[:, draw] - 1], axis=1)
        pairs[:, draw] = corrupt(
            images, schedule, peclet, velocity, options, seeds, wanted, transport
        )
    shape = (-1, *images.shape[1:])
    return {
        "x_k": pairs[:, :, :m].reshape(shape),
        "x_previous": pairs[:, :, m:].reshape(shape),
        "k": k.reshape(-1),
        "image_index": np.repeat(np.arange(n), options.draws * m),
    }


def terminal_states(
    images: np.ndarray, schedule: LatticeSchedule, peclet: float, velocity: Velocity,
    options: Corruption, image_ids: np.ndarray, draw: int = TERMINAL_DRAW,
    transport: bool = True,
) -> np.ndarray:  # fmt: skip
    """Images at level K, each under a fresh flow that no training pair has seen, (n, c, h, w)."""
    seeds = flow_seeds(options.seed, image_ids, draw)
    keep = np.full((len(images), 1), schedule.n_levels)
    return corrupt(images, schedule, peclet, velocity, options, seeds, keep, transport)[:, 0]
