"""Times of Blurring Diffusion at which every step takes as much from the mode that loses most.

Evenly spaced times give the middle of the way, where the blur takes most, no more levels than its
ends; there a step back divides by a share that changed much, and samples run away (`step_gain`).
Here the times lie at equal parts of

    G(t) = (1 - m) integral_0^t max_f |d log alpha_s(f) / ds| ds / (the same to 1) + m t,

alpha_t(f) being what is left of a mode of frequency f, blur and noise together. The share m goes to
evenly spaced times, without which the ends of the way would have hardly any levels.

Standard library only, so that a dry run can read a configuration without NumPy.
"""

from __future__ import annotations

import functools
import math

from beyond_blur.config.noise_schedule import log_snr, sigmoid
from beyond_blur.config.step_gain import D_MIN, RATES

EVEN_SHARE = 0.2
"""m. A choice: of 0, 0.2, 0.35, 0.5, 0.65 and 0.8 it has the smallest or next to the smallest gain
at 60 levels of 14, 5 and 4 px, and at 120 levels of 14 px."""

LOWEST = math.pi / 64
"""Lowest frequency that is looked at, radians a pixel; the highest is that of a chessboard."""

POINTS = 2000
"""Parts that the way is integrated over. A choice: four times as many move no time by 1e-4."""


@functools.lru_cache(maxsize=16)
def equal_steps(n_steps: int, blur_width_max: float, blur_share: float = 1.0) -> tuple[float, ...]:
    """Times of levels 0..n_steps, from 0 to 1.

    Parameters
    ----------
    n_steps : int
        Number of levels.
    blur_width_max : float
        sigma_B,max in pixels.
    blur_share : float
        Share of the paper's loss of log signal-to-noise ratio that is left to blur.
    """
    lost = [0.0]
    before = _left(0.0, blur_width_max, blur_share)
    for i in range(1, POINTS + 1):
        now = _left(i / POINTS, blur_width_max, blur_share)
        lost.append(lost[-1] + max(map(abs, map(float.__sub__, now, before))))
        before = now
    way = [
        (1 - EVEN_SHARE) * part / lost[-1] + EVEN_SHARE * i / POINTS for i, part in enumerate(lost)
    ]
    times, i = [0.0], 0
    for k in range(1, n_steps):
        while way[i + 1] < k / n_steps:
            i += 1
        inside = (k / n_steps - way[i]) / (way[i + 1] - way[i])
        times.append((i + inside) / POINTS)
    return (*times, 1.0)


def _left(time: float, blur_width_max: float, blur_share: float) -> list[float]:
    """Log alpha_t of the modes that are looked at."""
    width = blur_width_max * math.sin(0.5 * math.pi * time) ** 2
    ratio = (math.sqrt(2) * math.pi / LOWEST) ** (1 / (RATES - 1))
    rates = [(LOWEST * ratio**i) ** 2 for i in range(RATES)]
    noise = 0.5 * math.log(sigmoid(log_snr(time)))
    kept = [(1 - D_MIN) * math.exp(-rate * width**2 / 2) + D_MIN for rate in rates]
    return [noise + blur_share * math.log(one) for one in kept]
