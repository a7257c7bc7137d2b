"""Gaussian noise whose variance depends on the spatial frequency, as a power of the wave number.

A diagonal covariance in the cosine basis: mode (n, m) has the variance c r^-a, r its distance from
the origin in half waves per image (of the larger side) and a the exponent; c makes the mean over
all modes 1, so that pixels have the variance of white noise in the mean. The mean grey value,
r = 0, is given that of r = 1. Exponent 0 is white noise, above 0 noise of low frequencies (2: as
photographs), below 0 of high ones.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import torch
from torch import Tensor

from beyond_blur.processes.dct import dct2, idct2
from beyond_blur.processes.noise import Noise


@functools.lru_cache(maxsize=32)
def power_law(h: int, w: int, exponent: float) -> Tensor:
    """Variance of every mode, mean 1.

    Parameters
    ----------
    h, w : int
        Sides of the image in pixels.
    exponent : float
        a of the power law.

    Returns
    -------
    float64 tensor, shape (h, w), on the CPU
    """
    # A tensor made in inference mode could not be used in a later training step.
    with torch.inference_mode(False):
        side = max(h, w)
        rows, columns = (torch.arange(n, dtype=torch.float64) * (side / n) for n in (h, w))
        radius = (rows[:, None].square() + columns.square()).sqrt()
        radius[0, 0] = 1.0
        variance = radius.pow(-exponent)
        return variance / variance.mean()


@functools.lru_cache(maxsize=32)
def spreads(h: int, w: int, exponent: float, dtype: torch.dtype, device: torch.device) -> Tensor:
    """Standard deviation of every mode (h, w), kept on the device, which no step waits for then."""
    with torch.inference_mode(False):
        return power_law(h, w, exponent).sqrt().to(device, dtype)


@dataclass(frozen=True)
class ColouredNoise:
    """The normal numbers of another source, each frequency made larger or smaller.

    Attributes
    ----------
    white : Noise
        The source.
    exponent : float
        See `power_law`.
    """

    white: Noise
    exponent: float

    def normal(self, like: Tensor) -> Tensor:
        """Coloured numbers of variance 1 in the mean, of the shape (..., h, w) of ``like``."""
        spread = spreads(*like.shape[-2:], self.exponent, like.dtype, like.device)
        return idct2(spread * dct2(self.white.normal(like)))

    def integers(self, low: int, high: int, n: int) -> Tensor:
        """The source's whole numbers."""
        return self.white.integers(low, high, n)


def coloured(noise: Noise, exponent: float) -> Noise:
    """A source of noise of this exponent: at 0 the same source, to the last bit."""
    return ColouredNoise(noise, exponent) if exponent else noise
