"""Dimensionless numbers and lattice units; each conversion is one line and stands only here.

Lengths are in pixels (= cells), times in lattice steps. L is the larger side of an image: the wave
numbers of the flow are counted in waves per L as well, so the flow is isotropic on any shape.

========  ===================================================================================
symbol    meaning
========  ===================================================================================
Pe        Peclet number V L / alpha, V the rms of each velocity component
Fo        Fourier number alpha t / L^2 = sigma_B^2 / (2 L^2), the dimensionless time
sigma_B   blur width in pixels, sigma_B^2 = 2 alpha t
alpha     diffusivity in cells^2 per step, at most ALPHA_MAX (`beyond_blur.config.speed`);
          cs2 = 2 alpha in the memoryless scheme
========  ===================================================================================
"""

from __future__ import annotations

import math
from typing import TypeVar

import numpy as np

Number = TypeVar("Number", float, np.ndarray)


def peclet_number(speed: float, alpha: float, size: int) -> float:
    """Pe = V L / alpha (paper)."""
    return speed * size / alpha


def rms_speed(peclet: float, alpha: Number, size: int) -> Number:
    """V = Pe alpha / L: rms of each velocity component in cells per step (inverts Pe)."""
    return peclet * alpha / size


def fourier_number(sigma: float, size: int) -> float:
    """Fo = sigma_B^2 / (2 L^2) (paper)."""
    return sigma**2 / (2 * size**2)


def blur_width(fourier: float, size: int) -> float:
    """sigma_B = L sqrt(2 Fo) in pixels (inverts Fo)."""
    return size * math.sqrt(2 * fourier)


def omega(alpha: float) -> float:
    """Relaxation rate 1 / (3 alpha + 1/2) of the general scheme with cs2 = 1/3."""
    return 1 / (3 * alpha + 0.5)


def expected_displacement(peclet: float, sigma: float, size: int) -> float:
    """Largest rms distance in pixels the flow carries a cell up to sigma_B: Pe sigma^2 / (2 L).

    Reached by a frozen uniform stream; a flow that turns carries less far.
    """
    return peclet * sigma**2 / (2 * size)
