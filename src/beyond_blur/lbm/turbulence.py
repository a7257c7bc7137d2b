"""Random Fourier modes: the velocity field of the forward process (method of the paper's authors).

Each velocity component of an image is a sum of waves on the periodic grid,

    v(x, t) = Re sum_n |k|^slope exp(i (k . x + theta_n + phase_step |k| t)),    k = 2 pi n,

with n in waves per image, t in lattice steps and independent uniform phases theta. Each component is
rescaled to unit rms over the grid at every t; the solver multiplies by V = Pe alpha / L and limits the
speed by tanh. The real part makes two waves of every pair n, -n, running in opposite directions.

The field is wanted at every lattice step but made at key frames only and interpolated linearly.
Interpolation by itself damps a mode that turns by 2 x between two frames by (sin x / x)^2 and adds
aliases; key frames therefore carry modes that are larger by the inverse of that factor, so the
interpolated field has every mode at its right strength and only the aliases are in error.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from beyond_blur.config import Velocity


@dataclass(frozen=True)
class RandomModes:
    """The flow of one image in Fourier space: v^(t) = turn forward + conj(turn) backward.

    Attributes
    ----------
    shape : (height, width)
    omega : float64 (h, w // 2 + 1)
        Phase advance of each mode per lattice step, phase_step 2 pi |n|.
    forward, backward : complex128 (2, h, w // 2 + 1)
        Half spectra of the waves that turn forward and backward; index 0 is the x component.
    joint : bool
        Scale both components by one factor (keeps a divergence-free flow divergence-free).
    """

    shape: tuple[int, int]
    omega: np.ndarray
    forward: np.ndarray
    backward: np.ndarray
    joint: bool


def wave_numbers(shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Waves per image along x and y, on the unit domain whose side is the larger side L.

    Returns
    -------
    (n_x, n_y) : float64 (1, w) and (h, 1)
    """
    h, w = shape
    larger = max(shape)
    return np.fft.fftfreq(w)[None, :] * larger, np.fft.fftfreq(h)[:, None] * larger


def amplitudes(shape: tuple[int, int], velocity: Velocity) -> np.ndarray:
    """Amplitude of every mode, |n|^slope inside the band and zero outside; (h, w).

    With ``slope_of = "energy"`` the slope p is that of the energy spectrum E(k) ~ k |A|^2 in two
    dimensions, so the amplitude falls as |n|^((p - 1) / 2).
    """
    n = np.hypot(*wave_numbers(shape))
    slope = velocity.slope if velocity.slope_of == "amplitude" else (velocity.slope - 1) / 2
    inside = (n >= velocity.wavenumber_min - 1e-9) & (n <= velocity.wavenumber_max + 1e-9)
    if not inside.any():
        raise ValueError(
            f"velocity.wavenumber_min {velocity.wavenumber_min} leaves no mode on a grid of "
            f"{shape[0]} x {shape[1]}; lower it below {n.max():.0f} or take larger images"
        )
    return np.where(inside, np.where(n > 0, n, 1.0) ** slope, 0.0)


def phases(shape: tuple[int, int], seed: int) -> np.ndarray:
    """Uniform phases (2, h, w) of both components, from the image's own seed.

    Phases are drawn ring by ring from the lowest mode outwards: one seed gives the same large eddies
    at every resolution.
    """
    index_x, index_y = (np.rint(np.fft.fftfreq(n) * n).astype(np.int64) for n in shape[::-1])
    x, y = np.meshgrid(index_x, index_y)
    ring = np.maximum(np.abs(x), np.abs(y))
    side = 2 * ring + 1
    # Position of (x, y) in a walk through squares of side 1, 3, 5, ...; at most side^2 modes up to here.
    horizontal = np.abs(y) == ring
    along = np.where(horizontal, np.where(y < 0, 0, side) + x + ring,
                     2 * side + np.where(x < 0, 0, side - 2) + y + ring - 1)  # fmt: skip
    position = (side - 2) ** 2 * (ring > 0) + along
    random = np.random.Generator(np.random.Philox(int(seed)))
    draws = random.random((int(position.max()) + 1, 2))
    return 2 * np.pi * np.moveaxis(draws[position], -1, 0)


def random_modes(shape: tuple[int, int], velocity: Velocity, seed: int) -> RandomModes:
    """Draw the modes of one image.

    Parameters
    ----------
    shape : (height, width)
    velocity : Velocity
        Slope, band, phase step and whether the flow is divergence free.
    seed : int
        The image's own seed; nothing else is random.
    """
    h, w = shape
    half = w // 2 + 1
    wave = 0.5 * amplitudes(shape, velocity) * np.exp(1j * phases(shape, seed))
    # The real part of exp(i (theta + omega t)) at mode n is one half at n and its conjugate at -n.
    mirrored = np.roll(wave[:, ::-1, ::-1], 1, axis=(1, 2)).conj()
    forward, backward = wave[:, :, :half].copy(), mirrored[:, :, :half].copy()
    if velocity.divergence_free:
        forward, backward = _project(forward, shape), _project(backward, shape)
    omega = velocity.phase_step * 2 * np.pi * np.hypot(*wave_numbers(shape))[:, :half]
    return RandomModes(shape, omega, forward, backward, velocity.divergence_free)


def derivative_numbers(shape: tuple[int, int]) -> np.ndarray:
    """(2, h, w // 2 + 1) wave numbers with the Nyquist mode, whose derivative is zero, left out."""
    n_x, n_y = (np.where(2 * np.abs(n) >= max(shape) - 1e-9, 0.0, n) for n in wave_numbers(shape))
    return np.stack(np.broadcast_arrays(n_x, n_y))[:, :, : shape[1] // 2 + 1]


def _project(modes: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Remove the part along k: v^ - k (k . v^) / k^2."""
    k = derivative_numbers(shape)
    square = np.where((k**2).sum(0) > 0, (k**2).sum(0), 1.0)
    return modes - k * (k * modes).sum(0) / square


def _mean_square(spectrum: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Mean square over the grid (2,) of half spectra (2, h, w // 2 + 1), by Parseval."""
    weight = np.full(spectrum.shape[-1], 2.0)
    weight[0] = 1.0
    if shape[1] % 2 == 0:
        weight[-1] = 1.0
    return (np.abs(spectrum) ** 2 * weight).sum(axis=(1, 2))


def interpolation_gain(omega: np.ndarray, spacing: int) -> np.ndarray:
    """Factor on the modes of key frames that undoes what linear interpolation takes.

    Between frames ``spacing`` steps apart a mode keeps (sin(s omega / 2) / (s sin(omega / 2)))^2 of its
    strength. A mode that turns by more than pi between two frames cannot be told from a slow one and
    is left out.
    """
    x = 0.5 * spacing * omega
    ratio = np.where(omega > 0, np.sin(x) / (spacing * np.sin(np.where(omega > 0, omega, 1.0) / 2)), 1.0)
    return np.where(x <= np.pi / 2, 1 / np.where(x <= np.pi / 2, ratio, 1.0) ** 2, 0.0)


def unit_field(modes: RandomModes, step: float, spacing: int = 1) -> np.ndarray:
    """The unit-rms field at one lattice step, or the key frame there.

    Parameters
    ----------
    modes : RandomModes
    step : float
        Time in lattice steps.
    spacing : int
        1: the field itself; more: the key frame of frames that are this many steps apart.

    Returns
    -------
    float64 (2, h, w)
        Velocity (x, y); each component (or both together if ``joint``) has unit rms.
    """
    h, w = modes.shape
    turn = np.exp(1j * modes.omega * step)
    spectrum = turn * modes.forward + turn.conj() * modes.backward
    square = _mean_square(spectrum, modes.shape)
    square = np.full(2, square.mean()) if modes.joint else square
    if spacing > 1:
        spectrum = spectrum * interpolation_gain(modes.omega, spacing)
    field = np.fft.irfft2(spectrum, s=(h, w), norm="forward")
    return field / np.sqrt(square)[:, None, None]


def uniform_stream(shape: tuple[int, int]) -> np.ndarray:
    """Both components 1 everywhere: a steady stream along the diagonal, (2, h, w)."""
    return np.ones((2, *shape))


def single_vortex(shape: tuple[int, int]) -> np.ndarray:
    """One steady vortex that fills the image, no flow through its walls, unit rms, (2, h, w)."""
    h, w = shape
    x, y = (np.arange(w) + 0.5)[None, :] / w * np.pi, (np.arange(h) + 0.5)[:, None] / h * np.pi
    # Stream function sin x sin y in units where the longer side turns as fast as the shorter.
    field = np.stack([np.sin(x) * np.cos(y) / h, -np.cos(x) * np.sin(y) / w])
    return field / np.sqrt((field**2).mean())


def limit_speed(velocity: np.ndarray, limit: float) -> np.ndarray:
    """Shorten vectors (2, ...) smoothly so that no speed passes the limit: |v| -> limit tanh(|v| / limit)."""
    ratio = np.hypot(velocity[0], velocity[1]) / limit
    safe = np.where(ratio > 0, ratio, 1.0)
    return velocity * np.where(ratio > 0, np.tanh(safe) / safe, 1.0)


class Flow:
    """The velocity field of one image as key frames.

    Parameters
    ----------
    shape : (height, width)
    velocity : Velocity
    seed : int
        The image's own seed.
    spacing : int
        Lattice steps between key frames; see :func:`frame_spacing`.
    """

    def __init__(self, shape: tuple[int, int], velocity: Velocity, seed: int, spacing: int) -> None:
        self.shape, self.spacing, self.speed_limit = shape, spacing, velocity.speed_limit
        self.modes = random_modes(shape, velocity, seed) if velocity.flow == "turbulence" else None
        self.steady = _steady_field(shape, velocity, self.modes)

    def frames(self, first: int, last: int) -> np.ndarray:
        """Key frames first..last - 1 as float32 (last - first, 2, h, w), unit rms."""
        if self.steady is not None:
            return np.repeat(self.steady[None].astype(np.float32), last - first, axis=0)
        assert self.modes is not None
        out = np.empty((last - first, 2, *self.shape), np.float32)
        for row, frame in zip(out, range(first, last), strict=True):
            row[:] = unit_field(self.modes, frame * self.spacing, self.spacing)
        return out

    def at(self, step: int, rms: float) -> np.ndarray:
        """Velocity float64 (2, h, w) at one lattice step, in cells per step, with rms V = ``rms``.

        What the fast solvers do: key frames in float32, each limited, then interpolated.
        """
        frame, part = divmod(step, self.spacing)
        pair = self.frames(frame, frame + (2 if part else 1)).astype(np.float64)
        limited = [limit_speed(rms * one, self.speed_limit) for one in pair]
        return limited[0] + (part / self.spacing) * (limited[-1] - limited[0])


def _steady_field(
    shape: tuple[int, int], velocity: Velocity, modes: RandomModes | None
) -> np.ndarray | None:
    """The unit field of a flow that does not change in time, or None."""
    if velocity.flow == "stream":
        return uniform_stream(shape)
    if velocity.flow == "vortex":
        return single_vortex(shape)
    if velocity.phase_step == 0 and modes is not None:
        return unit_field(modes, 0)
    return None


def frame_spacing(velocity: Velocity, shape: tuple[int, int], peclet: float) -> int:
    """Lattice steps between key frames (provisional)."""
    if velocity.frame_spacing is not None:
        return velocity.frame_spacing
    return 2
