"""Pe = 0 on a CUDA device: the products of `beyond_blur.lbm.diffusion`, by torch in float64.

The matrices are those of the CPU, sent once and kept on the device, so the states are the CPU's but
for rounding. A state's bits do not depend on what is made beside it: libraries choose how they
multiply by the shapes that they are given, so all products have one shape, filled up where states
are left over.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from beyond_blur.config import Walls
from beyond_blur.lbm.diffusion import KEPT, kept_operator
from beyond_blur.lbm.trajectory import Trajectory
from beyond_blur.to_device import send

STATES_AT_ONCE = 32
"""States of one product. A choice: in three channels of 128 x 128 pixels each array takes 13 MB."""


@dataclass(frozen=True)
class QueuedStates:
    """States queued on a stream of their own, perhaps not done yet.

    Attributes
    ----------
    states : float32 tensor (n, m, c, h, w)
    ready : torch.cuda.Event, optional
        Recorded after them; None on a CPU, where they are done.
    """

    states: Tensor
    ready: torch.cuda.Event | None

    def to_torch(self) -> Tensor:
        """The same memory; torch's current stream waits until it is filled."""
        if self.ready is not None:
            stream = torch.cuda.current_stream(self.states.device)
            stream.wait_event(self.ready)
            self.states.record_stream(stream)
        return self.states


def here() -> torch.device:
    """The current CUDA device."""
    return torch.device("cuda", torch.cuda.current_device())


def states_on_device(
    images: np.ndarray, trajectory: Trajectory, keep: np.ndarray, device: torch.device
) -> QueuedStates:
    """States of images at the wanted levels for Pe = 0, queued and not waited for.

    Parameters
    ----------
    images : float32 (n, c, h, w)
        Grey values; a uniform part stays as it is, so none is taken out.
    trajectory : Trajectory
        Its ``peclet`` is 0.
    keep : int (n, m)
        Levels wanted of each image, 0 to K; level 0 is the image itself, bit by bit.
    device : torch.device
        A CUDA device, or a CPU.

    Raises
    ------
    ValueError
        If the Peclet number is not 0.
    """
    if trajectory.peclet != 0:
        raise ValueError(f"peclet is {trajectory.peclet:g}, but these products have no flow")
    n, m = keep.shape
    left = -n * m % STATES_AT_ONCE
    rows = torch.from_numpy(np.pad(np.repeat(np.arange(n), m), (0, left)))
    levels = np.pad(keep.reshape(-1), (0, left)).tolist()
    stream = _stream(device) if device.type == "cuda" else None
    with torch.cuda.stream(stream):
        sent = send(torch.from_numpy(images), device), send(rows, device)
        states = _diffused(*sent, trajectory, levels)[: n * m]
        ready = stream.record_event() if stream else None
    return QueuedStates(states.unflatten(0, (n, m)), ready)


def _diffused(images: Tensor, rows: Tensor, trajectory: Trajectory, levels: list[int]) -> Tensor:
    """Image ``rows[i]`` at level ``levels[i]`` for all i, float32, where the images lie."""
    states = torch.empty((len(rows), *images.shape[1:]), device=images.device)
    for start in range(0, len(rows), STATES_AT_ONCE):
        part = slice(start, start + STATES_AT_ONCE)
        along_y, along_x = (
            torch.stack([
                _operator(trajectory.blur_widths, level, size, trajectory.walls, images.device)
                for level in levels[part]
            ])[:, None]
            for size in images.shape[-2:]
        )  # fmt: skip
        states[part] = along_y @ images[rows[part]].double() @ along_x.mT
    return states


@functools.lru_cache(maxsize=KEPT)
def _operator(
    blur_widths: tuple[float, ...], level: int, n: int, walls: Walls, device: torch.device
) -> Tensor:
    """:func:`beyond_blur.lbm.diffusion.kept_operator` on a device, kept there."""
    return torch.tensor(kept_operator(blur_widths, level, n, walls), device=device)


@functools.lru_cache(maxsize=16)
def _stream(device: torch.device) -> torch.cuda.Stream:
    """One stream for each device, which training does not wait for."""
    return torch.cuda.Stream(device)
