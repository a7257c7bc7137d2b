"""What a compressible flow makes of a uniform background, to first order in the flow: its spectrum.

A step of the memoryless scheme takes a uniform field c to c (1 - d_x S_y u - d_y S_x v) (see
`beyond_blur.lbm.wall_flow`: d the central difference, S = 1 + alpha delta^2) and multiplies cosine
mode (a, b) by

    e = (1 - 2 alpha (1 - cos q_a)) (1 - 2 alpha (1 - cos q_b)),   q_a = pi a / w, q_b = pi b / h.

Between mirrors u goes on as sines along x and cosines along y, so what a step adds to the mode is

    -c [sin q_a (1 - 2 alpha (1 - cos q_b)) U_ab + sin q_b (1 - 2 alpha (1 - cos q_a)) V_ab],

U and V being the flow in those bases. The flow is a sum of waves of independent phases
(`beyond_blur.lbm.turbulence`); each wave's part of U_ab turns at the wave's rate omega, and what it
has added after n steps is a sum with the decay e. The squares of these sums, over all waves, are
the variance of the mode; products of two levels give how far the levels go together.

Left out is what the flow makes of its own noise (second order in Pe) and the speed limit; the rms
that scales a flow is taken as its mean over time. Tests compare with the lattice.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from beyond_blur.config import Velocity
from beyond_blur.lbm.levels import LatticeSchedule
from beyond_blur.lbm.turbulence import amplitudes, phase_rates, wave_numbers
from beyond_blur.lbm.units import rms_speed

EXACT_WAVES = 16.0
"""Waves per image up to which every |n| has its own rate; above it, rings of whole numbers share
one, which is off by 3 % at most. A choice: the usual flow has a fortieth of its energy there."""


@dataclass(frozen=True)
class BackgroundNoise:
    """The noise of the levels: a diagonal covariance in the cosine basis.

    Attributes
    ----------
    spread : float64 (K + 1, h, w)
        Standard deviation of every orthonormal DCT-II mode at levels 0..K, grey values.
    likeness : float64 (K + 1, h, w)
        Correlation of the mode at level k with the same at level k - 1; 0 at levels 0 and 1.
    """

    spread: np.ndarray
    likeness: np.ndarray


@functools.lru_cache(maxsize=8)
def background_noise(
    shape: tuple[int, int],
    widths: tuple[float, ...],
    peclet: float,
    velocity: Velocity,
    background: float,
) -> BackgroundNoise:
    """The spectrum of what a periodic flow makes of a uniform background between mirror walls.

    Parameters
    ----------
    shape : (height, width)
        In pixels.
    widths : tuple of float, length K + 1
        Blur widths sigma_B,k of levels 0..K in pixels.
    peclet : float
        Peclet number V L / alpha.
    velocity : Velocity
        A compressible flow of random waves.
    background : float
        The uniform field, in grey values.

    Raises
    ------
    ValueError
        If the band of the flow holds no mode of this grid.
    """
    schedule = LatticeSchedule.from_blur_widths(widths)
    along, across = _forced(shape, velocity)
    speed = rms_speed(peclet, schedule.alpha, max(shape))
    variance = np.zeros((schedule.n_levels + 1, *shape))
    shared = np.zeros_like(variance)
    for rate, waves in _waves_by_rate(shape, velocity):
        for axis, forced in enumerate((along, across)):
            share = _share(forced, waves)
            sums = _sums(shape, schedule, rate, speed, axis)
            variance += share * np.abs(sums) ** 2
            shared[1:] += share * (sums[1:] * sums[:-1].conj()).real
    spread = np.sqrt(variance)
    product = spread[1:] * spread[:-1]
    likeness = np.zeros_like(variance)
    likeness[1:] = np.clip(shared[1:] / np.where(product > 0, product, 1.0), -1.0, 1.0)
    return BackgroundNoise(background * spread, likeness)


def _angles(n: int) -> np.ndarray:
    """Radians per cell of the cosine modes along n cells, (n,)."""
    return np.pi * np.arange(n) / n


def _forced(
    shape: tuple[int, int], velocity: Velocity
) -> tuple[tuple[np.ndarray, ...], tuple[np.ndarray, ...]]:
    """For u and for v: what waves along y and along x force, |.|^2 as (h, h) and (w, w), squared.

    Rows are cosine modes, columns waves. The first of a pair is the axis y.
    """
    h, w = shape
    sines_y, sines_x = (_projected(n, np.sin) * np.sin(_angles(n))[:, None] for n in (h, w))
    cosines_y, cosines_x = (_projected(n, np.cos) for n in (h, w))
    along = tuple(np.abs(x) ** 2 for x in (cosines_y, sines_x))
    across = tuple(np.abs(x) ** 2 for x in (sines_y, cosines_x))
    return along, across


def _projected(n: int, function: np.ufunc) -> np.ndarray:
    """Waves exp(2 pi i m x / n) in an orthonormal basis of sines or cosines, complex (n, n)."""
    x = np.arange(n)
    basis = function(_angles(n)[:, None] * (x + 0.5)) * np.sqrt(2 / n)
    basis[0] /= np.sqrt(2)
    return np.asarray(basis @ np.exp(2j * np.pi * x[:, None] * np.fft.fftfreq(n)))


def _waves_by_rate(shape: tuple[int, int], velocity: Velocity) -> list[tuple[float, np.ndarray]]:
    """Phase rates per step, and the mean square (h, w) that waves of each rate have in the flow."""
    squares = 0.5 * amplitudes(shape, velocity) ** 2
    squares /= squares.sum()
    waves = np.hypot(*wave_numbers(shape))
    ring = np.where(waves > EXACT_WAVES, np.rint(waves), np.round(waves, 9))
    rate = phase_rates(shape, velocity.phase_step)
    return [
        (float(rate[ring == one].mean()), np.where(ring == one, squares, 0.0))
        for one in np.unique(ring[squares > 0])
    ]


def _share(forced: tuple[np.ndarray, ...], waves: np.ndarray) -> np.ndarray:
    """Mean square (h, w) with which waves of one rate force every cosine mode, per unit of rms."""
    along_y, along_x = forced
    rows, columns = np.nonzero(waves)
    found = (along_y[:, rows] * waves[rows, columns]) @ along_x[:, columns].T
    return np.asarray(found)


def _sums(
    shape: tuple[int, int], schedule: LatticeSchedule, rate: float, speed: np.ndarray, axis: int
) -> np.ndarray:
    """What a wave of this rate and of rms 1 has added to every mode by each level, (K + 1, h, w).

    Over the n steps of a level it is a geometric series: of what a step adds, e^(n - 1 - j) is left
    of the part of step j, whose phase is j times the rate further.
    """
    one_y, one_x = (1 - np.cos(_angles(n)) for n in shape)
    sums = np.zeros((schedule.n_levels + 1, *shape), np.complex128)
    for k in range(1, schedule.n_levels + 1):
        n, spread = int(schedule.n_lbm_steps[k]), 2 * schedule.alpha[k]
        left_y, left_x = (1 - spread * one_y)[:, None], (1 - spread * one_x)[None, :]
        decay = left_y * left_x
        turn, start = np.exp(1j * rate), np.exp(1j * rate * int(schedule.first_step[k - 1]))
        apart = turn - decay
        close = np.abs(apart) < 1e-12
        series = np.where(
            close, n * turn ** (n - 1), (turn**n - decay**n) / np.where(close, 1, apart)
        )
        smoothed = left_y if axis == 0 else left_x
        sums[k] = decay**n * sums[k - 1] + speed[k] * smoothed * start * series
    return sums
