"""The flow of an image as a coarser lattice sees it.

One step on cells of q x q pixels stands for q^2 steps of the pixels' lattice. Its velocity is such
that a uniform field gets from it what those steps give: with p the wave number of a mode per pixel
and D(p) = 1 - (1 - cos p) / 3 what a resting step leaves of a wave along an axis,

* **in time**, step j of a wave forced by the flow is left with the factor d^(q^2 - 1 - j),
  d = D(p_x) D(p_y), at the coarse step's end, so the modes are summed with these weights and not
  evenly (a plain mean is 10 % off at three waves per image);
* **in space**, the flux through the face of a coarse cell is the sum of the fluxes through the q
  pixels' faces in it. Mass is kept, also at mirror walls, whose faces let nothing through.

* **at mirror walls**, what spreads across is turned back, by a coarse step from further away than
  by the fine ones; the velocity along a wall is changed in the cells at the wall to make up for it
  (:func:`wall_share`).

The waves that the coarse lattice cannot hold are left out.
"""

from __future__ import annotations

import functools
from dataclasses import replace

import numpy as np

from beyond_blur.config.speed import ALPHA_MAX
from beyond_blur.lbm.key_frames import Flow
from beyond_blur.lbm.turbulence import Energy, RandomModes, limit_factor, phase_rates

LARGEST_GAIN = 8.0
"""Bound on the factor of a mode.

A choice: faces of cells hardly see waves of two cells, and what is missing of these is for the
steps on pixels to bring back.
"""


def coarse_modes(modes: RandomModes, factor: int) -> RandomModes:
    """The modes of n images on cells of ``factor`` x ``factor`` pixels, per step of these cells.

    Parameters
    ----------
    modes : RandomModes
        On the pixels' lattice, (n, 2, h, w).
    factor : int
        Pixels along the side of a cell; divides h and w.

    Returns
    -------
    RandomModes
        (n, 2, h / factor, w / factor), in the units of the pixels' modes: a velocity in coarse
        cells per coarse step is this field times V of the coarse lattice over the rms that
        :func:`coarse_energy` gives.
    """
    shape = (modes.omega.shape[0], modes.omega.shape[1])
    kept, forward, backward = coarse_factors(shape, modes.phase_step, factor)
    rows = np.ix_(*kept)
    return replace(
        modes,
        omega=modes.omega[rows] * factor**2,
        forward=modes.forward[:, :, rows[0], rows[1]] * forward,
        backward=modes.backward[:, :, rows[0], rows[1]] * backward,
    )


def coarse_energy(fine: Energy, factor: int) -> Energy:
    """The mean square of the pixels' flow in the middle of coarse steps, counted in these."""
    n_steps = factor**2
    to_middle = np.exp(1j * fine.rate * (n_steps - 1))
    return Energy(fine.rate * n_steps, fine.mean, fine.swing * to_middle)


@functools.lru_cache(maxsize=8)
def coarse_factors(
    shape: tuple[int, int], phase_step: float, factor: int
) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray, np.ndarray]:
    """Which of the pixels' modes coarse cells hold, and what their flow has of them.

    Parameters
    ----------
    shape : (height, width)
        In pixels.
    phase_step : float
        Of the flow, see :func:`beyond_blur.lbm.turbulence.phase_rates`.
    factor : int
        Pixels along the side of a cell.

    Returns
    -------
    kept : int (h / factor,), int (w / factor,)
        Places of the modes along y and x.
    forward, backward : complex128 (2, h / factor, w / factor)
        Factors on the waves of components x and y that turn forward and backward.
    """
    waves = [np.rint(np.fft.fftfreq(n // factor) * (n // factor)).astype(int) for n in shape]
    kept = (waves[0] % shape[0], waves[1] % shape[1])
    p_y, p_x = (2 * np.pi * m / n for m, n in zip(waves, shape, strict=True))
    p_y, p_x = p_y[:, None], p_x[None, :]
    in_time = _summed(
        phase_rates(shape, phase_step)[np.ix_(*kept)], _left(p_x) * _left(p_y), factor
    )
    gain = np.stack([_through_faces(p_x, p_y, factor), _through_faces(p_y, p_x, factor)])
    # The middle of a coarse cell lies (q - 1) / 2 pixels beyond the middle of its first pixel.
    to_middle = np.exp(0.5j * (factor - 1) * (p_x + p_y))
    held = (2 * np.abs(waves[0][:, None]) < shape[0] // factor) & (
        2 * np.abs(waves[1]) < shape[1] // factor
    )
    gain = np.clip(gain, -LARGEST_GAIN, LARGEST_GAIN) * to_middle * held
    return kept, gain * in_time, gain * in_time.conj()


def _left(p: np.ndarray) -> np.ndarray:
    """D(p): what a step at rest leaves of a wave of p radians per cell along one axis."""
    return 1 - 2 * ALPHA_MAX * (1 - np.cos(p))


def _summed(omega: np.ndarray, left: np.ndarray, factor: int) -> np.ndarray:
    """Mean over q^2 steps of a turning wave, each weighted with what later steps leave of it."""
    n_steps = factor**2
    total = np.zeros(omega.shape, np.complex128)
    for j in range(n_steps):
        total += left ** (n_steps - 1 - j) * np.exp(1j * omega * j)
    return total / n_steps


def _through_faces(along: np.ndarray, across: np.ndarray, factor: int) -> np.ndarray:
    """What makes the flux through a coarse face, along one axis, the mean of the pixels' fluxes.

    A flux is the mean of the cells at both sides, cos(p / 2), and spreads across by D.
    """
    mean = np.sinc(factor * across / (2 * np.pi)) / np.sinc(across / (2 * np.pi))
    half = np.cos(along / 2) / np.cos(factor * along / 2)
    gain: np.ndarray = half * mean * _left(across) / _left(factor * across)
    return gain


def wall_share(factor: int) -> float:
    """How much of the step across a wall is taken from the velocity along it, in cells at the wall.

    A resting step spreads the flux along a wall across it by a variance of 1/3 of its own cells
    squared, and what passes the wall is turned back. The modes go on beyond the wall, to the
    opposite side; with a slope g there, turning back a spread of variance s^2 adds g s^2 / 2 to
    the flux. The coarse step spreads by q^2 / 3 pixels squared; the fine ones by 1/3, and by
    (q^2 - 1) / 6 on average until the coarse step ends. What it adds too much, g (q^2 - 1) / 12,
    is taken from the flux of the one row of cells, q pixels wide, where g is the step to the next
    row over q. (Derived here; on a uniform field of 48 pixels it lowered the error of the lowest
    modes four- to fivefold.)
    """
    return (factor**2 - 1) / (12 * factor**2)


def along_walls(field: np.ndarray, share: float) -> np.ndarray:
    """A velocity (2, h, w) of coarse modes with what :func:`wall_share` changes at mirror walls."""
    changed = field.copy()
    for component, axis in ((0, 0), (1, 1)):  # along the walls that lie at the ends of the axis
        rows = np.moveaxis(changed[component], axis, 0)
        step = share * (rows[0] - rows[-1])
        rows[0] -= step
        rows[-1] += step
    return changed


class CoarseFlow(Flow):
    """A flow on cells of ``factor`` x ``factor`` pixels between mirrors, anew at each step.

    Parameters
    ----------
    fine : Flow
        The image's flow on the pixels' lattice; a random one.
    factor : int
    """

    def __init__(self, fine: Flow, factor: int) -> None:
        h, w = fine.shape
        self.shape, self.spacing, self.steady = (h // factor, w // factor), 1, None
        # The same speed is factor times as many coarse cells per coarse step.
        self.speed_limit = fine.speed_limit * factor
        self.modes = coarse_modes(fine.modes, factor)
        self.energy, self._share = coarse_energy(fine.energy, factor), wall_share(factor)
        self._frame = functools.lru_cache(maxsize=2)(self._raw_frame)

    def frame(self, number: int, rms: float) -> np.ndarray:
        """Velocity (2, h, w) of a step, limited for the rms speed, not scaled."""
        raw = self._frame(number)
        square = (raw**2).mean(axis=(1, 2), keepdims=True)
        square = square.mean(keepdims=True) if self.modes.joint else square
        walled = along_walls(raw, self._share)
        return walled * limit_factor(rms * walled / np.sqrt(square), self.speed_limit)
