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
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from beyond_blur.config import Corruption, Velocity
from beyond_blur.corruption.backend import solver
from beyond_blur.lbm.key_frames import frame_spacing
from beyond_blur.lbm.levels import LatticeSchedule
from beyond_blur.lbm.stability import check_stability

if TYPE_CHECKING:
    from beyond_blur.lbm.gpu.solver import DeviceStates


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
    :func:`beyond_blur.lbm.gpu.solver.states_on_device`; other arguments and errors are those of
    :func:`corrupt`, and so are the numbers.
    """
    from beyond_blur.lbm.gpu import solver as gpu

    images, seeds, keep = np.asarray(images), np.asarray(seeds), np.asarray(keep)
    mean, arguments = _deviations(images, schedule, peclet, velocity, options, seeds, keep)

    def finish(xp: Any, rows: np.ndarray, states: Any) -> Any:
        return _grey_values(xp, states, images[rows], mean[rows], keep[rows])

    solve: Callable[..., DeviceStates] = gpu.states_on_device
    return solve(*arguments, consumer=consumer, finish=finish)


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
