"""Which wave numbers each reverse step restores: states on their way back beside their sample."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.fft import dctn

from beyond_blur.features.ring_energies import EIGHT_BIT, ring_numbers


@dataclass(frozen=True)
class Restored:
    """States of samples on their way, compared with the samples in octaves of wave numbers.

    Attributes
    ----------
    octaves : tuple of (first, last)
        Wave numbers, half waves per larger side.
    energy : float64 array, shape (m, b)
        Energy of the states at m levels in b octaves over that of the samples.
    share : float64 array, shape (m, b)
        Regression through the origin of the states' modes on the samples': how much of the sample
        is in the state. 0 of noise that knows nothing of it, 1 where all is there, of a blurred
        sample what the blur left.
    """

    octaves: tuple[tuple[int, int], ...]
    energy: np.ndarray
    share: np.ndarray


def octaves_of(side: int) -> tuple[tuple[int, int], ...]:
    """Octaves of wave numbers 1, 2-3, 4-7, ... up to side - 1, the last one cut there."""
    firsts = [2**i for i in range((side - 1).bit_length())]
    return tuple((first, min(2 * first, side) - 1) for first in firsts if first < side)


def restored(states: np.ndarray) -> Restored:
    """Compare states on their way back with the samples that they become.

    Parameters
    ----------
    states : float array, shape (n, m, c, h, w)
        Samples at m levels, level 0, the sample, first.

    Returns
    -------
    Restored
        Sums over samples, channels and modes before they are divided; NaN in an octave in which
        the samples have less than what rounding to 256 grey values would add.

    Raises
    ------
    ValueError
        For images of one pixel, which have no wave number.
    """
    h, w = states.shape[-2:]
    octaves = octaves_of(max(h, w))
    if not octaves:
        raise ValueError(f"states have {h} x {w} pixels: wave numbers need two along a side")
    ring = ring_numbers(h, w)
    modes = dctn(np.asarray(states, dtype=np.float64), axes=(-2, -1), norm="ortho")
    energy, share = np.empty((2, states.shape[1], len(octaves)))
    for b, (first, last) in enumerate(octaves):
        inside = modes[..., (ring >= first) & (ring <= last)]
        own = np.square(inside[:, 0]).sum()
        own = own if own > EIGHT_BIT * inside[:, 0].size else np.nan
        energy[:, b] = np.square(inside).sum((0, 2, 3)) / own
        share[:, b] = (inside * inside[:, :1]).sum((0, 2, 3)) / own
    return Restored(octaves, energy, share)
