"""Random flows between walls: a stream function of sines that vanishes on the walls.

    psi(x, y, t) = Re sum_mn a_mn sin(pi m x / w) sin(pi n y / h) exp(i (theta_mn + omega_mn t)),

(u, v) = (d psi / dy, -d psi / dx). Nothing flows through the walls and nothing is compressed, where
a periodic flow without divergence runs into mirror walls and piles up what it carries. A mode has
|n| = hypot(m L / w, n L / h) / 2 waves per image; slope, band, phase steps and kinetic energy are
those of the periodic flow (:mod:`beyond_blur.lbm.turbulence`), with one random phase per mode.

**On the lattice.** A step of the memoryless scheme gives a uniform field

    P 1 = 1 - d_x S_y u - d_y S_x v + O(V^2),      S = 1 + alpha delta^2,

with d the central and delta^2 the second difference along an axis, V the speed in cells per step.
With psi at the cells' middles, u = S_x d_y psi and v = -S_y d_x psi make the first order vanish
exactly, at any alpha: operators along x and along y commute, and between mirrors the sines go on
beyond the walls as the scheme reflects them. The second order is left: what it makes of a uniform
field grows as (Pe / L)^2 (docs/corruption.md has numbers). The speed limit may not break this: a
frame whose fastest cell passes it is slowed down as a whole.

**As a periodic flow.** On 2 h x 2 w cells the sines are periodic, so :class:`RandomModes` of that
grid hold d_y psi and -d_x psi; the image is its first quarter. Energies are those at alpha = 1/6,
which nearly all lattice steps have.

The flow step by step is `beyond_blur.lbm.wall_frames`.
"""

from __future__ import annotations

import functools
from dataclasses import replace

import numpy as np

from beyond_blur.config import Velocity
from beyond_blur.config.speed import ALPHA_MAX
from beyond_blur.lbm.turbulence import Energy, RandomModes, energy, phase_rates, strengths


def _sines(n: int) -> np.ndarray:
    """Radians per cell of the sines that vanish at both ends of n cells, (n - 1,)."""
    return np.pi * np.arange(1, n) / n


def _amplitudes(shape: tuple[int, int], velocity: Velocity) -> np.ndarray:
    """a_mn, (h - 1, w - 1): such that the velocity of a mode has the amplitude |n|^slope."""
    h, w = shape
    k_x, k_y = _sines(w)[None, :], _sines(h)[:, None]
    waves = np.hypot(k_x, k_y) * max(shape) / (2 * np.pi)
    u, v = np.sin(k_y) * _left(k_x), np.sin(k_x) * _left(k_y)
    return strengths(waves, velocity, shape) / np.hypot(u, v)


def _left(k: np.ndarray) -> np.ndarray:
    """What S leaves of a wave of k radians per cell at the largest diffusivity."""
    return 1 - 2 * ALPHA_MAX * (1 - np.cos(k))


def wall_phases(shape: tuple[int, int], seeds: np.ndarray) -> np.ndarray:
    """Uniform phases (n, h - 1, w - 1), each image from its own seed.

    They are drawn square by square from the lowest mode outwards: one seed gives the same large
    eddies at every resolution.
    """
    position = _outward_order((shape[0] - 1, shape[1] - 1))
    draws = np.empty((len(seeds), position.max() + 1))
    for row, seed in zip(draws, seeds, strict=True):
        np.random.Generator(np.random.Philox(int(seed))).random(out=row)
    phases: np.ndarray = 2 * np.pi * draws[:, position]
    return phases


@functools.lru_cache(maxsize=8)
def _outward_order(shape: tuple[int, int]) -> np.ndarray:
    """Place of every mode in a walk along squares of side 1, 2, 3, ... from mode (0, 0)."""
    y, x = np.indices(shape)
    ring = np.maximum(x, y)
    return ring**2 + np.where(y == ring, x, ring + 1 + y)


def wall_modes(shape: tuple[int, int], velocity: Velocity, seeds: np.ndarray) -> RandomModes:
    """Draw the modes of n images (h, w) between walls, on the periodic grid of 2 h x 2 w cells.

    Raises
    ------
    ValueError
        If the band holds no mode of this grid.
    """
    h, w = shape
    k_x, k_y = (2 * np.pi * np.fft.fftfreq(2 * n) for n in (w, h))
    k_x, k_y = k_x[None, :], k_y[:, None]
    # sin and cos of the middles of cells, half a cell from the wall.
    wave = np.exp(0.5j * (k_x + k_y)) / 4j
    basis = np.stack([wave * np.sign(k_x) * np.abs(np.sin(k_y)),
                      -wave * np.sign(k_y) * np.abs(np.sin(k_x))])  # fmt: skip
    quarter = 0.5 * _amplitudes(shape, velocity) * np.exp(1j * wall_phases(shape, seeds))
    whole = np.zeros((len(seeds), 1, h + 1, w + 1), np.complex128)
    whole[:, 0, 1:h, 1:w] = quarter
    rows, columns = (np.abs(np.rint(np.fft.fftfreq(2 * n) * 2 * n)).astype(int) for n in shape)
    whole = whole[..., rows[:, None], columns]
    # Per image there are half as many waves as on the grid, which is twice as large.
    omega = phase_rates((2 * h, 2 * w), velocity.phase_step / 2)
    return RandomModes(omega, whole * basis, whole.conj() * basis, True, velocity.phase_step / 2)


def wall_energy(modes: RandomModes) -> Energy:
    """The energy of flows between walls as the lattice gets them, at the largest diffusivity."""
    k_y, k_x = (2 * np.pi * np.fft.fftfreq(n) for n in modes.omega.shape)
    left = np.stack(np.broadcast_arrays(_left(k_x)[None, :], _left(k_y)[:, None]))
    return energy(replace(modes, forward=modes.forward * left, backward=modes.backward * left))
