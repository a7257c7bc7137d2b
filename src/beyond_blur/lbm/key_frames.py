"""Key frames: the flow is wanted at every lattice step but made every few steps only.

In between, frames are interpolated linearly. That damps a mode, which turns by omega a step, to

    F(omega) = (sin(s omega / 2) / (s sin(omega / 2)))^2

of its strength, s steps between frames, and adds aliases at theta_m = omega + 2 pi m / s, m = 1 ..
s - 1, of the strengths F(theta_m). Key frames carry modes that are larger by a gain that makes up
for it: the one that leaves the least error in a state.
"""

from __future__ import annotations

import functools
import math

import numpy as np

from beyond_blur.config import Velocity
from beyond_blur.config.speed import ALPHA_MAX
from beyond_blur.lbm.flows import draw
from beyond_blur.lbm.turbulence import (
    amplitudes,
    limit_factor,
    phase_rates,
    raw_field,
    steady_field,
    wave_numbers,
)
from beyond_blur.lbm.units import rms_speed

TOLERANCE = 1e-4
"""Largest error of a state, in grey values, that key frames may cause.

The default flow kept it in every case measured, on square and oblong images. Flows of few modes or
of fast ones may pass it: see docs/corruption.md.
"""

# The three numbers below bound ratios that were measured on 2026-11-21 on random images of 8 to 256
# pixels at Pe from 0.02 to 0.3 (docs/corruption.md, "Key frames of the flow"). No script of it is
# kept; the example there repeats it for one image: the default's states beside frame_spacing 1.

PEAK_OVER_RMS = 7.0
"""Largest error of a state over :func:`frame_error`: 3.6 to 6.8 were measured in slow flows."""

LIMIT_GAIN = 8.0
"""Growth of that ratio with the square of rms speed over speed limit: the limit bends key frames.

12 was measured at 0.3 times the limit, where this gives 7 (1 + 8 0.3^2) = 12, and 22 at 0.6 times,
where it gives 27.
"""

FEW_MODES = 9.0
"""Fewer modes than this make that ratio grow, with the square of how many fewer.

The energy of few standing waves nearly vanishes now and then, and what scales the flow to its rms
speed then scales its error. 20 was measured with 4.6 modes, where this gives 7 (9 / 4.6)^2 = 27,
and 107 with 2.0, where it gives 142.
"""

NARROWEST = 4
"""Pixels of a side below which there is nothing but walls, and no bound."""

WIDEST_SPACING = 64
"""Most lattice steps between key frames that the bound may choose.

A choice: key frames that far apart cost next to nothing any more.
"""


def _damping(shape: tuple[int, int]) -> np.ndarray:
    """What one lattice step leaves of each mode of a state, (h, w).

    Nearly all lattice steps have the largest diffusivity.
    """
    k_x, k_y = (2 * np.pi * n / max(shape) for n in wave_numbers(shape))
    return (1 - 2 * ALPHA_MAX * (1 - np.cos(k_x))) * (1 - 2 * ALPHA_MAX * (1 - np.cos(k_y)))


def _kept(theta: np.ndarray, spacing: int) -> np.ndarray:
    """F(theta), 1 at whole turns."""
    whole = np.abs(np.sin(theta / 2)) < 1e-9
    safe = np.where(whole, 1.0, theta)
    ratio = np.sin(spacing * safe / 2) / (spacing * np.sin(safe / 2))
    return np.where(whole, 1.0, ratio**2)


@functools.lru_cache(maxsize=16)
def gain_and_error(
    shape: tuple[int, int], phase_step: float, spacing: int
) -> tuple[np.ndarray, np.ndarray]:
    """Factor on the modes of key frames, and what error is left.

    A wave that turns by theta a step forces a mode of the state, of which a step leaves d, to the
    strength R = 1 / |exp(i theta) - d|. With a gain g the error's square is
    (1 - g F)^2 R^2 + sum_m (g F_m R_m)^2; the best g is near 1 / F where aliases are weak, and near
    zero for a mode that turns by much more than pi between two frames.

    Returns
    -------
    gain : float64 (h, w)
    error : float64 (h, w)
        Mean square that is left in the state, for a forcing of mean square 1.
    """
    h, w = shape
    quarter = np.s_[: h // 2 + 1, : w // 2 + 1]  # the rest is its mirror image
    omega, damping = phase_rates(shape, phase_step)[quarter], _damping(shape)[quarter]

    def response(theta: np.ndarray) -> np.ndarray:
        return 1 / ((1 - damping) ** 2 + 4 * damping * np.sin(theta / 2) ** 2 + 1e-30)

    wanted, kept = response(omega), _kept(omega, spacing)
    total = kept**2 * wanted
    for m in range(1, spacing):
        theta = omega + 2 * np.pi * m / spacing
        total += _kept(theta, spacing) ** 2 * response(theta)
    gain = wanted * kept / total
    error = np.maximum(wanted * (1 - gain * kept), 0.0)
    whole = np.ix_(*(np.minimum(np.arange(n), n - np.arange(n)) for n in shape))
    return gain[whole], error[whole]


def interpolation_gain(shape: tuple[int, int], phase_step: float, spacing: int) -> np.ndarray:
    """Factor (h, w) on the modes of key frames ``spacing`` steps apart."""
    return gain_and_error(shape, phase_step, spacing)[0]


def frame_error(
    velocity: Velocity, shape: tuple[int, int], peclet: float, spacing: int, background: float
) -> float:
    """Rms error of a state, in grey values, that comes from interpolating between key frames.

    The flow compresses the background b: a wave v^ of wave number k forces a state by b |k| v^. The
    errors left by :func:`gain_and_error` are summed over modes in quadrature, with the lattice's k.
    """
    size = max(shape)
    k_x, k_y = (2 * np.pi * n / size for n in wave_numbers(shape))
    _, error = gain_and_error(shape, velocity.phase_step, spacing)
    share = amplitudes(shape, velocity) ** 2
    power = (share * (np.sin(k_x) ** 2 + np.sin(k_y) ** 2) * error).sum() / share.sum()
    return background * rms_speed(peclet, ALPHA_MAX, size) * math.sqrt(power)


def peak_over_rms(velocity: Velocity, shape: tuple[int, int], peclet: float) -> float:
    """Largest error of a state over :func:`frame_error`, as measured, for a flow (h, w)."""
    share = amplitudes(shape, velocity) ** 2
    modes = share.sum() ** 2 / (share**2).sum()  # that as many of equal energy would do for
    speed = rms_speed(peclet, ALPHA_MAX, max(shape)) / velocity.speed_limit
    few = max(1.0, (FEW_MODES / modes) ** 2)
    return PEAK_OVER_RMS * (1 + LIMIT_GAIN * speed**2) * float(few)


@functools.lru_cache(maxsize=64)
def frame_spacing(
    velocity: Velocity, shape: tuple[int, int], peclet: float, background: float = 10.0
) -> int:
    """Lattice steps between key frames: ``velocity.frame_spacing``, or from the error bound.

    Parameters
    ----------
    velocity : Velocity
    shape : (height, width)
    peclet : float
    background : float
        Grey value that the flow compresses: a / b + 1 for a grey range [a, a + b]. A
        divergence-free flow gets the same: where it crosses a mirror wall it compresses as well.

    Returns
    -------
    int
        The largest spacing up to :data:`WIDEST_SPACING` whose error bound stays within
        :data:`TOLERANCE`; at least 1.
    """
    if velocity.frame_spacing is not None:
        return velocity.frame_spacing
    spacing, peak = 1, peak_over_rms(velocity, shape, peclet)
    while spacing < WIDEST_SPACING and min(shape) >= NARROWEST:
        if peak * frame_error(velocity, shape, peclet, spacing + 1, background) > TOLERANCE:
            break
        spacing += 1
    return spacing


class Flow:
    """The velocity field of one image, step by step, as every solver must see it.

    Key frames carry the raw sum of modes times the factor of the speed limit. They are interpolated
    linearly; the scale that gives unit rms, whose swings are too fast for that, is exact at every
    step.

    Parameters
    ----------
    shape : (height, width)
    velocity : Velocity
    seed : int
        The image's own seed.
    spacing : int
        Lattice steps between key frames, see :func:`frame_spacing`; 1 makes every step anew.
    """

    def __init__(self, shape: tuple[int, int], velocity: Velocity, seed: int, spacing: int) -> None:
        self.shape, self.spacing, self.speed_limit = shape, spacing, velocity.speed_limit
        self.steady = steady_field(shape, velocity)
        self.modes, self.energy = draw(shape, velocity, np.array([seed]))
        self._frame = functools.lru_cache(maxsize=2)(self._raw_frame)

    def _raw_frame(self, number: int) -> np.ndarray:
        shape = (self.modes.omega.shape[0], self.modes.omega.shape[1])
        gain = interpolation_gain(shape, self.modes.phase_step, self.spacing)
        return raw_field(self.modes, number * self.spacing, gain)[0]

    def frame(self, number: int, rms: float) -> np.ndarray:
        """Key frame (2, h, w) at step number * spacing, limited for the rms speed, not scaled."""
        raw = self._frame(number)
        square = (raw**2).mean(axis=(1, 2), keepdims=True)
        square = square.mean(keepdims=True) if self.modes.joint else square
        return raw * limit_factor(rms * raw / np.sqrt(square), self.speed_limit)

    def at(self, step: int, rms: float, alpha: float = ALPHA_MAX) -> np.ndarray:
        """Velocity (2, h, w) at one lattice step, in cells per step, with rms V = ``rms``.

        ``alpha`` is the diffusivity of the step, which only a flow between walls depends on.
        """
        if self.steady is not None:
            return rms * self.steady * limit_factor(rms * self.steady, self.speed_limit)
        number, part = divmod(step, self.spacing)
        field = self.frame(number, rms)
        if part:
            field = field + part / self.spacing * (self.frame(number + 1, rms) - field)
        return rms / np.sqrt(self.energy.mean_square(step)[0])[:, None, None] * field
