"""One photograph over Peclet numbers and blur widths, for two flows and at two sizes.

Peclet and Fourier numbers make the picture, whatever the number of pixels: the two sizes show it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from beyond_blur.analysis.one_image import Run
from beyond_blur.config import Velocity
from beyond_blur.corruption import pairs
from beyond_blur.lbm.trajectory import Trajectory

SIZES = (128, 256)
"""Pixels per side."""


PECLETS = (0.0, 0.06, 0.12, 1.0)


SHARES = (1 / 32, 1 / 8)
"""Blur widths over the image size."""


FLOWS = {"compressible": False, "divergence-free": True}
"""Kinds of flow, and whether they are divergence-free."""


@dataclass(frozen=True)
class GridRow:
    """One flow at one size.

    Attributes
    ----------
    flow : str
        A key of `FLOWS`.
    size : int
        Pixels per side.
    states : mapping of (share, peclet) to float32 array of shape (c, size, size)
        Share is the blur width over the image size.
    """

    flow: str
    size: int
    states: Mapping[tuple[float, float], np.ndarray]


def peclet_grid(images: Mapping[int, np.ndarray], seed: int) -> list[GridRow]:
    """Every state of the grid.

    Parameters
    ----------
    images : mapping of int to float32 array of shape (c, size, size)
        One photograph at each of `SIZES`.
    seed : int
        Another one: another flow.
    """
    rows = []
    for flow, divergence_free in FLOWS.items():
        for size, image in images.items():
            states: dict[tuple[float, float], np.ndarray] = {}
            for peclet in PECLETS:
                made = grid_states(image, peclet, divergence_free, seed)
                states |= {
                    (share, peclet): state for share, state in zip(SHARES, made, strict=True)
                }
            rows.append(GridRow(flow, size, states))
    return rows


def grid_states(image: np.ndarray, peclet: float, divergence_free: bool, seed: int) -> np.ndarray:
    """A square image at the blur widths `SHARES`: float32 (len(SHARES), c, size, size).

    A flow that turns by so much per lattice step turns more often on a larger image, which takes
    more steps; its phase step is scaled so that it turns as often per Fourier number.

    Parameters
    ----------
    image : float32 array, shape (c, size, size), in [0, 1]
    peclet : float
    divergence_free : bool
    seed : int
        Another one: another flow.
    """
    size = image.shape[-1]
    sigma = (0.0, *(share * size for share in SHARES))
    turning = Velocity().phase_step * (SIZES[0] / size) ** 2
    velocity = Velocity(divergence_free=divergence_free, phase_step=turning)
    seeds = pairs.flow_seeds(seed, np.array([0]), 0)
    run = Run(image, "", Trajectory(sigma, peclet, velocity), int(seeds[0]))
    return run.states(np.arange(1, len(sigma)))
