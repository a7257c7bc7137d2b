"""Radially averaged energy spectrum of images, in the cosine basis that mirror walls ask for."""

from __future__ import annotations

import numpy as np
from scipy.fft import dctn

from beyond_blur import finite
from beyond_blur.features.ring_energies import ring_numbers


def radial_spectrum(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean energy per DCT-II mode over rings of equal wave number.

    The cosine transform has no jump at the image's border, where a Fourier transform of an image
    that is not periodic sees one and adds a spectrum of its own.

    Parameters
    ----------
    images : float array, shape (..., h, w)
        Averaged over every leading axis.

    Returns
    -------
    wavenumber : float64 array, shape (m,)
        1, 2, ...: half waves per image side (of the larger side). The mean grey value is left out.
    energy : float64 array, shape (m,)
        Mean of the squared orthonormal DCT-II amplitudes over modes whose distance from the origin
        rounds to that wave number. White noise of standard deviation s is flat at s^2.

    Raises
    ------
    ValueError
        For no image, or images that are not finite.
    """
    values = np.asarray(images, dtype=np.float64)
    if values.ndim < 2 or 0 in values.shape:
        raise ValueError(f"images have shape {values.shape}: a spectrum needs one of h x w pixels")
    finite.check(
        values, "images", "a spectrum of them would be NaN at every wave number; make them again"
    )
    h, w = values.shape[-2:]
    energy = np.square(dctn(values.reshape(-1, h, w), axes=(1, 2), norm="ortho")).mean(0)
    side = max(h, w)
    ring = ring_numbers(h, w)
    total = np.bincount(ring.ravel(), energy.ravel(), minlength=side)
    count = np.bincount(ring.ravel(), minlength=side)
    rings = np.arange(1, side)
    return rings.astype(np.float64), total[rings] / count[rings]
