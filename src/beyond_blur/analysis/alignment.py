"""Levels of different processes made comparable: by what is left of the image, not by number.

At each level the states are compared with the clean images, ring by ring of the cosine spectrum:
the part of a state that follows the image (its gain) and the rest (its noise, whether drawn or
made by a flow). From these, two measures of a level:

``snr_db``
    Mean over rings of 10 log10(1 + signal / noise): falls from level to level whether the image is
    blurred into a noise floor or the floor rises over the image.
``distance_db``
    Root mean square over rings of 10 log10(energy / clean energy): how far the spectrum has moved,
    in either direction.

Two levels of two processes match where the measure is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from beyond_blur import finite
from beyond_blur.analysis.spectrum import radial_spectrum
from beyond_blur.features.ring_energies import EIGHT_BIT
from beyond_blur.processes import ForwardProcess
from beyond_blur.processes.noise import Noise

Measure = Literal["snr_db", "distance_db"]


@dataclass(frozen=True)
class LevelSpectra:
    """What a process leaves of images, level by level.

    Attributes
    ----------
    levels : int64 array, shape (m,)
        The measured levels, increasing.
    wavenumber : float64 array, shape (r,)
        Half waves per image.
    clean : float64 array, shape (r,)
        Energy per mode of the clean images.
    energy : float64 array, shape (m, r)
        Energy per mode of the states, in grey values squared.
    signal : float64 array, shape (m, r)
        The part of it that is the clean image times one factor for each ring.
    noise : float64 array, shape (m, r)
        The rest, at least the rounding of 8-bit images.
    """

    levels: np.ndarray
    wavenumber: np.ndarray
    clean: np.ndarray
    energy: np.ndarray
    signal: np.ndarray
    noise: np.ndarray

    @property
    def snr_db(self) -> np.ndarray:
        """Mean over rings of 10 log10(1 + signal / noise), shape (m,)."""
        return np.asarray(10 * np.log10(1 + self.signal / self.noise).mean(1))

    @property
    def distance_db(self) -> np.ndarray:
        """Root mean square over rings of 10 log10(energy / clean), shape (m,)."""
        moved = 10 * np.log10((self.energy + EIGHT_BIT) / (self.clean + EIGHT_BIT))
        return np.asarray(np.sqrt(np.square(moved).mean(1)))


def measure(states: np.ndarray, images: np.ndarray, levels: np.ndarray) -> LevelSpectra:
    """Spectra of the states of some images.

    Parameters
    ----------
    states : float array, shape (n, m, c, h, w)
        Each image at each level, in the range of images.
    images : float array, shape (n, c, h, w)
        The clean images.
    levels : int array, shape (m,)
        The levels, increasing.

    Raises
    ------
    ValueError
        If the shapes do not belong together, the levels do not increase, or states or images are
        not finite.
    """
    levels = np.asarray(levels)
    if states.shape != (len(images), len(levels), *images.shape[1:]):
        raise ValueError(
            f"states {states.shape} do not belong to images {images.shape} at {len(levels)} "
            "levels: expected (n, m, c, h, w) and (n, c, h, w)"
        )
    if levels.ndim != 1 or not len(levels) or (np.diff(levels) <= 0).any():
        raise ValueError(f"levels {levels.tolist()} must be at least one, and increase")
    finite.check(
        states,
        "states",
        "the process made them so; look at the options of its schedule",
        lambda i, j: f"image {i} at level {levels[j]}",
        axes=2,
    )
    wavenumber, clean = radial_spectrum(images)
    energy = np.stack([radial_spectrum(states[:, j])[1] for j in range(len(levels))])
    # The scalar product ring by ring, from energies of sums and differences.
    product = np.stack(
        [
            (radial_spectrum(states[:, j] + images)[1] - radial_spectrum(states[:, j] - images)[1])
            / 4
            for j in range(len(levels))
        ]
    )
    signal = np.square(product) / np.maximum(clean, np.finfo(float).tiny)
    noise = np.maximum(energy - signal, EIGHT_BIT)
    return LevelSpectra(levels, wavenumber, clean, energy, signal, noise)


def measure_process(
    process: ForwardProcess, images: Tensor, levels: Sequence[int], noise: Callable[[], Noise]
) -> LevelSpectra:
    """Spectra of a process that corrupts images by itself.

    Parameters
    ----------
    process : ForwardProcess
    images : float tensor, shape (n, c, h, w), in [0, 1]
    levels : sequence of int
        Levels to measure, increasing.
    noise : callable
        The noise of each level; a new one of the same seed is the same flow or noise at all levels.
    """
    states = []
    for level in levels:
        k = torch.full((len(images),), int(level))
        states.append(process.to_image(process.forward(images, k, noise())))
    return measure(torch.stack(states, 1).cpu().numpy(), images.cpu().numpy(), np.array(levels))


def matched_level(
    k: float, reference: LevelSpectra, other: LevelSpectra, by: Measure = "snr_db"
) -> float:
    """The level of ``other`` that is as corrupted as level ``k`` of ``reference``.

    Returns
    -------
    float
        Interpolated between the measured levels; nan where ``other`` never gets there.
    """
    order, level = _curve(reference, by)
    return float(_levels_at(np.interp(k, level, order), other, by))


def align(
    reference: LevelSpectra, others: Mapping[str, LevelSpectra], by: Measure = "snr_db"
) -> dict[str, np.ndarray]:
    """The table of matched levels.

    Parameters
    ----------
    reference : LevelSpectra
        The process whose levels make the rows.
    others : mapping of name to LevelSpectra
    by : {"snr_db", "distance_db"}

    Returns
    -------
    dict of str to array, shape (m,)
        ``level`` of the reference, the measure there, and under each name the matched level of that
        process (nan where it has none).
    """
    values = getattr(reference, by)
    rows = {"level": reference.levels, by: values}
    sign = -1.0 if by == "snr_db" else 1.0
    return rows | {name: _levels_at(sign * values, other, by) for name, other in others.items()}


def aligned_schedule(schedule: Sequence[float], levels: np.ndarray) -> tuple[float, ...]:
    """A process's schedule at the levels that match another's, to train both in step.

    Parameters
    ----------
    schedule : sequence of float, length K + 1
        What the process is made of: blur widths, times or alphas_cumprod of its levels 0..K.
    levels : float array, shape (m,)
        Matched levels as `align` gives them, for levels 1..m of the new process.

    Returns
    -------
    tuple of float, length m + 1
        The schedule at level 0 and at the matched levels, by linear interpolation.

    Raises
    ------
    ValueError
        If a level has no match, or two levels have the same.
    """
    if np.isnan(levels).any():
        raise ValueError(
            f"level {int(np.isnan(levels).argmax()) + 1} has no match: the process never gets that "
            "far; extend its schedule or align fewer levels"
        )
    places = np.concatenate([[0.0], levels])
    if (np.diff(places) <= 0).any():
        k = int((np.diff(places) <= 0).argmax()) + 1
        raise ValueError(
            f"levels {k - 1} and {k} match the same level {places[k]:g}: measure more images, or "
            "align fewer levels"
        )
    return tuple(np.interp(places, np.arange(len(schedule)), schedule).tolist())


def _curve(spectra: LevelSpectra, by: Measure) -> tuple[np.ndarray, np.ndarray]:
    """A measure that rises with corruption, made monotone against the noise of measuring it."""
    values = -spectra.snr_db if by == "snr_db" else spectra.distance_db
    return np.maximum.accumulate(values), spectra.levels.astype(np.float64)


def _levels_at(values: np.ndarray | float, spectra: LevelSpectra, by: Measure) -> np.ndarray:
    """Where the measure takes these values; nan outside the measured levels."""
    order, level = _curve(spectra, by)
    order, first = np.unique(order, return_index=True)
    return np.asarray(np.interp(values, order, level[first], left=np.nan, right=np.nan))
