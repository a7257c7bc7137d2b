"""Random Fourier modes: the velocity field of the forward process (method of the paper's authors).

Each velocity component of an image is a sum of waves on the periodic grid,

    v(x, t) = Re sum_n |k|^slope exp(i (k . x + theta_n + phase_step |k| t)),    k = 2 pi n,

with n in waves per image, t in lattice steps and independent uniform phases theta. Each component
is rescaled to unit rms over the grid at every t; the solver multiplies by V = Pe alpha / L and
limits the speed by tanh. The real part makes two waves of every pair n, -n, running in opposite
directions.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from beyond_blur.config import Velocity

LEAST_SHARE = 1e-6
"""Least mean square of a flow, as a share of its mean over time.

A choice: the waves of a flow of few modes may all stand still at one time, and what scales it to
its rms speed would be infinite, or not a number where rounding takes the sum below zero. Sums in
single precision err by less; flows of more than some modes never come near.
"""


@dataclass(frozen=True)
class RandomModes:
    """The flows of n images in Fourier space: v^(t) = turn forward + conj(turn) backward.

    Attributes
    ----------
    omega : float64 (h, w)
        Phase advance of each mode per lattice step, phase_step 2 pi |n|; turn = exp(i omega t).
    forward, backward : complex128 (n, 2, h, w)
        Spectra of the waves that turn forward and backward; component 0 is along x.
    joint : bool
        Scale both components by one factor (keeps a divergence-free flow divergence-free).
    phase_step : float
        omega / 2 pi |n|.
    """

    omega: np.ndarray
    forward: np.ndarray
    backward: np.ndarray
    joint: bool
    phase_step: float


def wave_numbers(shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Waves per image along x and y, on the unit domain whose side is the larger side L.

    Returns
    -------
    (n_x, n_y) : float64 (1, w) and (h, 1)
    """
    h, w = shape
    larger = max(shape)
    return np.fft.fftfreq(w)[None, :] * larger, np.fft.fftfreq(h)[:, None] * larger


def phase_rates(shape: tuple[int, int], phase_step: float) -> np.ndarray:
    """Phase advance of every mode per lattice step, phase_step 2 pi |n|; (h, w)."""
    return phase_step * 2 * np.pi * np.hypot(*wave_numbers(shape))


def amplitudes(shape: tuple[int, int], velocity: Velocity) -> np.ndarray:
    """Amplitude of every mode, |n|^slope inside the band and zero outside; (h, w).

    With ``slope_of = "energy"`` the slope p is that of the energy spectrum E(k) ~ k |A|^2 in two
    dimensions, so the amplitude falls as |n|^((p - 1) / 2).
    """
    return strengths(np.hypot(*wave_numbers(shape)), velocity, shape)


def strengths(n: np.ndarray, velocity: Velocity, shape: tuple[int, int]) -> np.ndarray:
    """Amplitude of modes of n waves per image: :func:`amplitudes` of a grid (h, w)."""
    slope = velocity.slope if velocity.slope_of == "amplitude" else (velocity.slope - 1) / 2
    inside = (n >= velocity.wavenumber_min - 1e-9) & (n <= velocity.wavenumber_max + 1e-9)
    if not inside.any():
        raise ValueError(
            f"velocity.wavenumber_min {velocity.wavenumber_min} leaves no mode on a grid of "
            f"{shape[0]} x {shape[1]}; lower it below {n.max():.0f} or take larger images"
        )
    return np.where(inside, np.where(n > 0, n, 1.0) ** slope, 0.0)


def phases(shape: tuple[int, int], seeds: np.ndarray) -> np.ndarray:
    """Uniform phases (n, 2, h, w) of both components, each image from its own seed.

    Phases are drawn square by square from the lowest mode outwards: one seed gives the same large
    eddies at every resolution.
    """
    position = outward_order(shape)
    draws = np.empty((len(seeds), position.max() + 1, 2))
    for row, seed in zip(draws, seeds, strict=True):
        np.random.Generator(np.random.Philox(int(seed))).random(out=row)
    return 2 * np.pi * np.moveaxis(draws[:, position], -1, 1)


@functools.lru_cache(maxsize=8)
def outward_order(shape: tuple[int, int]) -> np.ndarray:
    """Place (h, w) of every mode in a walk along squares of side 1, 3, 5, ... around mode 0.

    It is the order in which :func:`phases` are drawn.
    """
    x, y = np.meshgrid(*(np.rint(np.fft.fftfreq(n) * n).astype(np.int64) for n in shape[::-1]))
    ring = np.maximum(np.abs(x), np.abs(y))
    side = 2 * ring + 1
    on_row = np.where(y < 0, 0, side) + x + ring
    on_column = 2 * side + np.where(x < 0, 0, side - 2) + y + ring - 1
    along = np.where(np.abs(y) == ring, on_row, on_column)
    return np.where(ring > 0, (side - 2) ** 2 + along, 0)


def random_modes(shape: tuple[int, int], velocity: Velocity, seeds: np.ndarray) -> RandomModes:
    """Draw the modes of n images.

    Parameters
    ----------
    shape : (height, width)
    velocity : Velocity
        Slope, band, phase step and whether the flow is divergence free.
    seeds : int (n,)
        Each image's own seed; nothing else is random.

    Raises
    ------
    ValueError
        If the band holds no mode of this grid.
    """
    half, theta = 0.5 * amplitudes(shape, velocity), phases(shape, seeds)
    wave = np.empty(theta.shape, np.complex128)
    wave.real, wave.imag = half * np.cos(theta), half * np.sin(theta)
    # The real part of exp(i (theta + omega t)) at mode n is one half at n and its conjugate at -n.
    mirrored = np.roll(wave[..., ::-1, ::-1], 1, axis=(-2, -1)).conj()
    if velocity.divergence_free:
        wave, mirrored = _project(wave), _project(mirrored)
    omega = phase_rates(shape, velocity.phase_step)
    return RandomModes(omega, wave, mirrored, velocity.divergence_free, velocity.phase_step)


def derivative_numbers(shape: tuple[int, int]) -> np.ndarray:
    """Wave numbers (2, h, w) along x and y; zero at the Nyquist mode, whose derivative is zero."""
    n_x, n_y = (np.where(2 * np.abs(n) >= max(shape) - 1e-9, 0.0, n) for n in wave_numbers(shape))
    return np.stack(np.broadcast_arrays(n_x, n_y))


def _project(modes: np.ndarray) -> np.ndarray:
    """Remove the part along k from spectra (n, 2, h, w): v^ - k (k . v^) / k^2."""
    k = derivative_numbers((modes.shape[-2], modes.shape[-1]))
    square = np.where((k**2).sum(0) > 0, (k**2).sum(0), 1.0)
    return modes - k * (k * modes).sum(axis=1, keepdims=True) / square


def raw_field(modes: RandomModes, step: float, gain: np.ndarray | float = 1.0) -> np.ndarray:
    """Sum of the modes, times ``gain`` (h, w), at one lattice step: float64 (n, 2, h, w)."""
    shape = modes.omega.shape
    turn = np.exp(1j * modes.omega * step)
    spectrum = turn * modes.forward + turn.conj() * modes.backward
    spectrum = spectrum * gain
    return np.fft.irfft2(spectrum[..., : shape[1] // 2 + 1], s=shape, norm="forward")


@dataclass(frozen=True)
class Energy:
    """Mean square over the grid as a function of time: mean + Re sum swing exp(2 i rate t).

    Two opposite waves make a standing one, so the energy of every pair swings.

    Attributes
    ----------
    rate : float64 (m,)
        Phase advance per lattice step of all modes with one |n|.
    mean : float64 (n, 2)
        Of each image and component; both the same where components are scaled jointly.
    swing : complex128 (n, 2, m)
    """

    rate: np.ndarray
    mean: np.ndarray
    swing: np.ndarray

    def mean_square(self, step: float) -> np.ndarray:
        """Mean square (n, 2) of :func:`raw_field` at a step; :data:`LEAST_SHARE` at least."""
        now = self.mean + (self.swing * np.exp(2j * self.rate * step)).real.sum(-1)
        held: np.ndarray = np.maximum(now, LEAST_SHARE * self.mean)
        return held


def energy(modes: RandomModes) -> Energy:
    """The energy of each image's flow, by Parseval's theorem."""
    forward, backward = modes.forward, modes.backward
    mean = np.stack([np.linalg.norm(x, axis=(-2, -1)) ** 2 for x in (forward, backward)]).sum(0)
    cross = 2 * forward * backward.conj()
    rate, group = energy_classes(modes.omega.shape, float(modes.omega.max()))
    swing = np.empty((*cross.shape[:2], len(rate)), np.complex128)
    for index in np.ndindex(*cross.shape[:2]):
        flat = cross[index].ravel()
        swing[index] = np.bincount(group, flat.real, len(rate))
        swing[index] += 1j * np.bincount(group, flat.imag, len(rate))
    if modes.joint:
        mean[:], swing[:] = mean.mean(1, keepdims=True), swing.mean(1, keepdims=True)
    return Energy(rate, mean, swing)


@functools.lru_cache(maxsize=8)
def energy_classes(shape: tuple[int, int], fastest: float) -> tuple[np.ndarray, np.ndarray]:
    """The distinct phase rates of a grid, and each mode's place in them.

    Parameters
    ----------
    shape : (height, width)
    fastest : float
        The largest phase rate, radians per lattice step.

    Returns
    -------
    rate : float64 (m,)
        Rising.
    group : int (h * w,)
    """
    n = np.hypot(*wave_numbers(shape)).ravel()
    _, first, group = np.unique(np.round(n, 9), return_index=True, return_inverse=True)
    return n[first] * (fastest / n.max()), group


def unit_field(modes: RandomModes, step: float) -> np.ndarray:
    """The fields at one lattice step, float64 (n, 2, h, w): velocity (x, y).

    Each component, or both together if ``modes.joint``, has unit rms over the grid.
    """
    return raw_field(modes, step) / np.sqrt(energy(modes).mean_square(step))[..., None, None]


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


def limit_factor(velocity: np.ndarray, limit: float) -> np.ndarray:
    """tanh(x) / x, x = |v| / limit: what brings a vector of (2, ...) smoothly below the limit."""
    ratio = np.hypot(velocity[0], velocity[1]) / limit
    safe = np.where(ratio > 0, ratio, 1.0)
    return np.where(ratio > 0, np.tanh(safe) / safe, 1.0)


def steady_field(shape: tuple[int, int], velocity: Velocity) -> np.ndarray | None:
    """The unit field (2, h, w) of a flow without randomness, or None."""
    if velocity.flow == "stream":
        return uniform_stream(shape)
    if velocity.flow == "vortex":
        return single_vortex(shape)
    return None
