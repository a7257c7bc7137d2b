"""What advection, blur and noise each do to a profile of grey values between walls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from beyond_blur.processes.dct import blur


@dataclass(frozen=True)
class ProfileStates:
    """A profile before and after one process.

    Attributes
    ----------
    label : str
        The process.
    initial : float array, shape (n,)
        Grey values of n cells.
    states : float array, shape (m, n)
        From little to much of the process.
    """

    label: str
    initial: np.ndarray
    states: np.ndarray


def bump_and_box(n: int = 128) -> np.ndarray:
    """The profile of the paper's figure 1: a smooth bump and a box on grey ground, float64 (n,)."""
    x = (np.arange(n) + 0.5) / n
    return 0.15 + 0.7 * np.exp(-(((x - 0.35) / 0.07) ** 2)) + 0.3 * (np.abs(x - 0.7) < 0.06)


def profile_states(
    initial: np.ndarray, strengths: Sequence[float] = (0.3, 0.6, 1.0), seed: int = 0
) -> list[ProfileStates]:
    """What advection, blur and noise each do to a profile between walls.

    Parameters
    ----------
    initial : float array, shape (n,)
        Grey values of n cells.
    strengths : sequence of float, length m
        How far each is taken: shares of the largest displacement (0.15 of the length), blur width
        (0.08 of the length) and noise (standard deviation 0.15).
    seed : int
        Seed of the noise.

    Returns
    -------
    list of ProfileStates
        For advection, blur and noise.
    """
    n = len(initial)
    edges = np.linspace(0, 1, n + 1)
    mass = np.concatenate([[0.0], np.cumsum(initial)])
    # A flow along x with walls moves the cells' edges; the mass between two edges goes along.
    flow = 0.15 * np.sin(np.pi * edges)
    moved = [np.diff(np.interp(edges, edges + s * flow, mass)) for s in strengths]
    one_row = torch.from_numpy(initial.astype(np.float64))[None, None, None]
    widths = torch.tensor([0.08 * n * s for s in strengths], dtype=torch.float64)
    blurred = blur(one_row.expand(len(strengths), -1, -1, -1), widths)[:, 0, 0].numpy()
    draws = np.random.default_rng(seed).standard_normal((len(strengths), n))
    noised = initial + 0.15 * np.array(strengths)[:, None] * draws
    states = {"advection": np.stack(moved), "blur": blurred, "noise": noised}
    return [ProfileStates(label, initial, made) for label, made in states.items()]
