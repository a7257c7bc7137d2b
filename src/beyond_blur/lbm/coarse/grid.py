"""From pixels to coarser cells and back, without loss of mass."""

from __future__ import annotations

import functools

import numpy as np

from beyond_blur.lbm.diffusion import wave_basis


def to_cells(phi: np.ndarray, factor: int) -> np.ndarray:
    """Means over cells of factor x factor: (..., h, w) to (..., h / factor, w / factor)."""
    if factor == 1:
        return phi
    h, w = phi.shape[-2:]
    parts = phi.reshape(*phi.shape[:-2], h // factor, factor, w // factor, factor)
    cells: np.ndarray = parts.mean(axis=(-3, -1), dtype=np.float64)
    return cells


def to_pixels(phi: np.ndarray, factor: int) -> np.ndarray:
    """The field between mirror walls whose cell means are phi, without waves beyond those of phi.

    Cosine modes (DCT-II) of (..., h, w) are divided by what the mean over a cell leaves of them,
    sin(q p / 2) / (q sin(p / 2)), and summed on (..., h factor, w factor) pixels.
    """
    if factor == 1:
        return phi
    h, w = phi.shape[-2:]
    return upwards(h, factor) @ phi @ upwards(w, factor).T


@functools.lru_cache(maxsize=16)
def upwards(n: int, factor: int) -> np.ndarray:
    """The matrix (n factor, n) that takes a row of cells to pixels, float64."""
    cells, _ = wave_basis(n, "mirror")
    pixels, p = wave_basis(n * factor, "mirror")
    half = p[:n] / 2
    left = np.sinc(factor * half / np.pi) / np.sinc(half / np.pi)
    return np.sqrt(factor) * (pixels[:n].T / left) @ cells
