"""What advection, blur and noise each do, and all three: to a profile, and to a picture.

Both lie between walls. Advection alone moves mass between the edges of cells: the lattice solver
cannot be asked for it, whose least step spreads, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from beyond_blur.processes.dct import blur

STRENGTHS = (0.3, 0.6, 1.0)
"""How far each operation is taken with a profile: shares of its `Extent`."""

SEED = 0
"""Of the noise."""


@dataclass(frozen=True)
class Extent:
    """Each operation at its strongest.

    Attributes
    ----------
    shift : float
        Largest displacement over the length.
    width : float
        Blur width over the length.
    noise : float
        Standard deviation in grey values.
    """

    shift: float = 0.15
    width: float = 0.08
    noise: float = 0.15


OF_PICTURE = Extent(width=0.015)
"""A picture has finer parts than the profile, of which as much blur would leave nothing."""

Chain = Mapping[str, Callable[[float], np.ndarray]]
"""What is shown, and how it is made at a share of the `Extent`."""


@dataclass(frozen=True)
class ProfileStates:
    """A profile and a picture before and after one operation.

    Attributes
    ----------
    label : str
        The operation.
    initial : float array, shape (n,)
        Grey values of n cells.
    states : float array, shape (m, n)
        From little to much of the operation.
    scene, picture : float arrays, shape (h, w)
        A picture before and after.
    """

    label: str
    initial: np.ndarray
    states: np.ndarray
    scene: np.ndarray
    picture: np.ndarray


def bump_and_box(n: int = 128) -> np.ndarray:
    """The profile of the paper's figure 1: a smooth bump and a box on grey ground, float64 (n,)."""
    x = (np.arange(n) + 0.5) / n
    return 0.15 + 0.7 * np.exp(-(((x - 0.35) / 0.07) ** 2)) + 0.3 * (np.abs(x - 0.7) < 0.06)


def profile_states(
    initial: np.ndarray, scene: np.ndarray, strengths: Sequence[float] = STRENGTHS
) -> list[ProfileStates]:
    """A profile and a picture as they are, and under each operation and all of them.

    Parameters
    ----------
    initial : float array, shape (n,)
        Grey values of n cells.
    scene : float array, shape (h, w)
        Of the picture; only the last strength is shown of it.
    strengths : sequence of float, length m
        How far the profile is taken: shares of the `Extent`.

    Returns
    -------
    list of ProfileStates
        Of the input, advection, blur, noise, and noise on what was advected and then blurred.
    """
    line, picture = chain(initial[None], Extent()), chain(scene, OF_PICTURE)
    return [
        ProfileStates(
            label,
            initial,
            np.stack([made(s)[0] for s in strengths]),
            scene,
            picture[label](strengths[-1]),
        )
        for label, made in line.items()
    ]


def chain(values: np.ndarray, extent: Extent) -> Chain:
    """The operations on values (h, w); of one row, they are those on a profile."""
    grain = np.random.default_rng(SEED).standard_normal(values.shape)

    def blurred(before: np.ndarray, share: float) -> np.ndarray:
        width = torch.tensor([share * extent.width * values.shape[1]], dtype=torch.float64)
        return blur(torch.from_numpy(before)[None, None], width)[0, 0].numpy()

    def noisy(before: np.ndarray, share: float) -> np.ndarray:
        return before + share * extent.noise * grain

    start = values.astype(np.float64)
    return {
        "input": lambda share: start,
        "advection": lambda share: advected(start, share * extent.shift),
        "blur": lambda share: blurred(start, share),
        "noise": lambda share: noisy(start, share),
        "all three": lambda share: noisy(
            blurred(advected(start, share * extent.shift), share), share
        ),
    }


def advected(values: np.ndarray, shift: float) -> np.ndarray:
    """Values carried by one vortex between walls; a single row, by a flow along it.

    Parameters
    ----------
    values : float array, shape (h, w)
    shift : float
        Largest displacement over the length.

    Returns
    -------
    float64 array, shape (h, w)
        Of the same sum: along each axis in turn the edges of the cells move, walls stay where they
        are, and the mass between two edges goes along.
    """
    y, x = ((np.arange(n) + 0.5) / n for n in values.shape)
    turning = np.cos(np.pi * y) if len(values) > 1 else np.ones(1)
    return moved(moved(values, shift * turning).T, -shift * np.cos(np.pi * x)).T


def moved(rows: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """Rows (m, n) whose cells' edges move by shift (m,) times sin(pi x), over the length."""
    edges = np.linspace(0, 1, rows.shape[1] + 1)
    flow = np.sin(np.pi * edges)
    mass = np.concatenate([np.zeros((len(rows), 1)), np.cumsum(rows, axis=1)], axis=1)
    return np.stack(
        [
            np.diff(np.interp(edges, edges + s * flow, row))
            for s, row in zip(shift, mass, strict=True)
        ]
    )
