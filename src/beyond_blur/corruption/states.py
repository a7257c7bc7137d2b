"""The forward process on arrays: states of a batch of images.

Grey values 0 and 1 are mapped to a and a + b (``Trajectory.grey_range``) while the solver runs. The
solver P is linear, so the state mapped back is

    (P(a + b u) - a) / b = P u + (a / b) (P 1 - 1).

The second term is what a compressible flow makes of a uniform field. With the authors' range
[0.95, 1.05] a / b is 9.5: compressions of one part in a thousand show as 0.01 grey, about ten times
more than a mapping to [0, 1] would show. A divergence-free flow leaves the term out up to the
grid's order, except at mirror walls: the periodic flow crosses them, and what it carries piles up
there. Measured for a uniform grey image of 64 x 64 at Pe = 0.1 and sigma_B = 16 px, rms in grey
values: periodic walls 0.036 compressible and below 0.0002 divergence-free; mirror walls 0.043
compressible and 0.030 divergence-free, of which only 0.005 further than 16 px from the walls. A
flow between walls (`beyond_blur.lbm.wall_flow`) leaves uniform fields alone: there it is dropped.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from beyond_blur import finite
from beyond_blur.config import Corruption
from beyond_blur.corruption.backend import Backend, choose
from beyond_blur.lbm.solver import StatesOnDevice
from beyond_blur.lbm.trajectory import Trajectory

UNSTABLE = (
    "either the image is not finite itself, or the flow is too fast for the solver (lower "
    "velocity.speed_limit or the Peclet number)"
)
"""Why states are not finite, and what to do."""


def corrupt(
    images: np.ndarray, trajectory: Trajectory, seeds: np.ndarray, keep: np.ndarray,
    backend: Backend | None = None, image_ids: np.ndarray | None = None,
) -> np.ndarray:  # fmt: skip
    """States of images at the wanted levels.

    Parameters
    ----------
    images : float32 (n, c, h, w)
        Grey values in [0, 1].
    trajectory : Trajectory
        Levels, flow, walls and grey range.
    seeds : int64 (n,)
        Seed of each image's flow (see :func:`beyond_blur.corruption.pairs.flow_seeds`).
    keep : int (n, m)
        Levels wanted of each image, 0 (the clean image) to K, in any order, repeats allowed. Each
        image is run to its largest wanted level and no further.
    backend : Backend, optional
        What runs it, see :func:`beyond_blur.corruption.backend.choose`; by default what the
        default options choose for these images.
    image_ids : int (n,), optional
        What messages call the images; by default their rows.

    Returns
    -------
    float32 (n, m, c, h, w)
        Row i, column j is image i at level keep[i, j].

    Raises
    ------
    ValueError
        If shapes do not fit, a level is outside 0..K, or the flow is too fast for the lattice.
    NotFinite
        With the image and the level, if a state is not finite.
    """
    images, seeds, keep = np.asarray(images), np.asarray(seeds), np.asarray(keep)
    _check_arguments(images, trajectory, seeds, keep)
    backend = backend or choose(Corruption(), trajectory, images.shape[1:])
    if trajectory.peclet > 0 and not trajectory.transport:
        # Diffusion alone, and what the flow makes of a uniform black image: (a / b) (P 1 - 1).
        pure, carried = trajectory.without_flow(), replace(trajectory, transport=True)
        still = corrupt(images, pure, seeds, keep, backend.without_flow(), image_ids)
        return still + corrupt(np.zeros_like(images), carried, seeds, keep, backend, image_ids)
    mean, deviation = _channel_means(images)
    states = backend.trajectories(
        deviation, trajectory.carried(mean), trajectory, seeds, keep, backend.threads
    )
    made: np.ndarray = _grey_values(np, states, images, mean, keep)
    ids = np.arange(len(images)) if image_ids is None else np.asarray(image_ids)
    finite.check(made, "states", UNSTABLE, lambda i, j: f"image {ids[i]} at level {keep[i, j]}", 2)
    return made


def corrupt_on_device(
    images: np.ndarray, trajectory: Trajectory, seeds: np.ndarray, keep: np.ndarray,
    backend: Backend, consumer: int = 0,
) -> StatesOnDevice:  # fmt: skip
    """The states of :func:`corrupt` on the current CUDA device, queued and not waited for.

    Only for a backend that is ``on_device``. For ``consumer`` see
    :func:`beyond_blur.lbm.gpu.solver.states_on_device`; other arguments and errors are those of
    :func:`corrupt`, and so are the numbers, for Pe = 0 but for rounding.
    """
    images, seeds, keep = np.asarray(images), np.asarray(seeds), np.asarray(keep)
    _check_arguments(images, trajectory, seeds, keep)
    if backend.name == "diffusion":
        from beyond_blur.lbm import diffusion_on_device

        device = diffusion_on_device.here()
        return diffusion_on_device.states_on_device(images, trajectory, keep, device)
    return _solved_on_device(images, trajectory, seeds, keep, backend.threads, consumer)


def _solved_on_device(
    images: np.ndarray, trajectory: Trajectory, seeds: np.ndarray, keep: np.ndarray, threads: int,
    consumer: int,
) -> StatesOnDevice:  # fmt: skip
    """States under a flow, left on the device by the GPU solver."""
    from beyond_blur.lbm.gpu import solver as gpu

    mean, deviation = _channel_means(images)

    def finish(xp: Any, rows: np.ndarray, states: Any) -> Any:
        return _grey_values(xp, states, images[rows], mean[rows], keep[rows])

    return gpu.states_on_device(
        deviation, trajectory.carried(mean), trajectory, seeds, keep, threads,
        consumer=consumer, finish=finish,
    )  # fmt: skip


def _channel_means(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean of each channel, float64 (n, c), and what is left of the images, float32."""
    mean = images.mean(axis=(2, 3), dtype=np.float64)
    return mean, (images - mean[:, :, None, None]).astype(np.float32)


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
    images: np.ndarray, trajectory: Trajectory, seeds: np.ndarray, keep: np.ndarray
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
    outside = keep[(keep < 0) | (keep > trajectory.n_levels)]
    if len(outside):
        raise ValueError(
            f"keep asks for level {outside[0]}, but levels are 0..{trajectory.n_levels}; "
            "ask for less or raise levels.n_levels"
        )
    trajectory.check(images.shape)
