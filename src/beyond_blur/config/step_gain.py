"""Whether steps of Blurring Diffusion are too large for a network that is a little wrong.

What the blur left of a mode, alpha_t, is what a step back divides by. Where alpha falls much from
one level to the next, the step multiplies the network's error as much, and with few levels samples
run away. How far is exact arithmetic for Gaussian data with mode variances v = c / f^2 (as for
photographs). The best predictor of the noise in z_t is

    E[eps | z_t] = e_t z_t,   e_t = sigma_t / (alpha_t^2 v + sigma_t^2),

so that a network which finds only the share 1 - p of it makes the step back (posterior
q(z_s | z_t, x): Hoogeboom and Salimans, ICLR 2023) multiply a mode by a known number g_t and add
the posterior's variance. From variance 1 of the prior this gives every mode a variance of its
samples, and its largest ratio to v is the gain of the schedule. Many levels bring it down to that
of the wrong predictor itself, 2.5 for p = 0.3.

Standard library only, so that a dry run can read a configuration without NumPy.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from beyond_blur.config.noise_schedule import log_snr, sigmoid

D_MIN = 0.001
"""Share of its amplitude that even a fully blurred mode keeps (the paper's)."""

OFF = 0.3
"""Share p of the noise that the network does not find."""

LIMIT = 4.0
"""Gain from which on a schedule is warned of: see docs/processes.md."""

VARIANCE = 0.25
"""Mean variance of the modes in [-1, 1]: pixels spread by a quarter of the grey range."""

RATES = 8
"""Modes that are looked at, evenly spaced in log f."""


def worst_gain(
    times: Sequence[float],
    blur_width_max: float,
    size: int,
    off: float = OFF,
    *,
    blur_share: float = 1.0,
) -> float:
    """Variance of samples over that of the data, in the mode where it is largest.

    Parameters
    ----------
    times : sequence of float, length K + 1
        Times in [0, 1] of the levels that sampling visits, from 0 up.
    blur_width_max : float
        sigma_B,max in pixels.
    size : int
        Height and width of the images in pixels.
    off : float
        Share p of the noise that the network does not find.
    blur_share : float
        Share of the paper's loss of log signal-to-noise ratio that is left to blur.
    """
    lowest, highest = math.pi / size, math.sqrt(2) * math.pi * (size - 1) / size
    ratio = (highest / lowest) ** (1 / (RATES - 1))
    rates = [(lowest * ratio**i) ** 2 for i in range(RATES)]
    scale = VARIANCE / _mean_of_falling(size)
    noise = [log_snr(time) for time in times]
    widths = [blur_width_max * math.sin(0.5 * math.pi * time) ** 2 for time in times]
    gains = []
    for rate in rates:
        blurred = [(1 - D_MIN) * math.exp(-rate * width**2 / 2) + D_MIN for width in widths]
        alphas = [
            math.sqrt(sigmoid(snr)) * kept**blur_share
            for snr, kept in zip(noise, blurred, strict=True)
        ]
        sigmas = [math.sqrt(sigmoid(-snr)) for snr in noise]
        gains.append(_gain(alphas, sigmas, scale / rate, off))
    return max(gains)


def _gain(alphas: list[float], sigmas: list[float], v: float, off: float) -> float:
    """Variance over v of one mode's samples; alpha_t and sigma_t of levels 0..K."""
    variance = 1.0
    for k in range(len(alphas) - 1, 0, -1):
        step, noise_t, noise_s = alphas[k] / alphas[k - 1], sigmas[k] ** 2, sigmas[k - 1] ** 2
        of_step = noise_t - step**2 * noise_s
        posterior = 1 / (1 / noise_s + step**2 / of_step)
        signal = alphas[k] ** 2 * v
        denoised = (signal + off * noise_t) / (signal + noise_t)
        gain = posterior * (step / of_step + denoised / (step * noise_s))
        variance = gain**2 * variance + (posterior if k > 1 else 0.0)
    return variance / v


def _mean_of_falling(size: int) -> float:
    """Mean of 1 / f^2 over all modes but the constant one."""
    squares = [i**2 for i in range(size)]
    total = sum(1 / (a + b) for a in squares for b in squares if a + b)
    return (size / math.pi) ** 2 * total / (size**2 - 1)
