"""The spectral distance: which spatial frequencies samples have too much or too little of.

Of each ring of equal wave number, the mean energy of the samples over that of real images, in
decibels; the distance is the root mean square over the rings. It needs no network, and is blind to
everything but the spectrum: images with scrambled phases are at distance 0.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from beyond_blur.features.ring_energies import EIGHT_BIT
from beyond_blur.metrics.checks import as_feature_pair


class Spectral(NamedTuple):
    """The distance in decibels, and what each ring contributes, lowest wave number first."""

    spectral_distance: float
    spectral_by_ring: list[float]


def spectral_distance(fake: np.ndarray, real: np.ndarray) -> Spectral:
    """The spectral distance between two sets of images.

    Parameters
    ----------
    fake, real : float array, shapes (n, r) and (m, r)
        Of each image the energies of its rings, as `features.ring_energies` makes them.

    Returns
    -------
    Spectral
        The root mean square over the rings of 10 log10((f + e) / (r + e)), f and r the mean
        energies and e the variance of rounding to 256 grey values: below it nothing is known. By
        ring the same with its sign: above 0 the samples have more.

    Raises
    ------
    ValueError
        For energies that are not finite, or of images of other sizes.
    """
    fake, real = as_feature_pair("rings of the samples", fake, "rings of the reference", real)
    ours, theirs = (one.mean(axis=0, dtype=np.float64) + EIGHT_BIT for one in (fake, real))
    decibels = 10 * np.log10(ours / theirs)
    return Spectral(float(np.sqrt(np.square(decibels).mean())), decibels.tolist())
