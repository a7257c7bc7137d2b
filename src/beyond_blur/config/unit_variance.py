"""The sampler's noise delta with which IHDM's samples have the variance of the data.

IHDM's step back multiplies what is left of the data by what one level took from it, and its
shrinkage of the noise sigma takes a little more; delta eps gives variance back. For zero-mean
Gaussian data whose cosine modes have the variances v, level k is u_k = d_k u_0 + sigma eps, with
d_k = exp(-f^2 sigma_B,k^2 / 2), and the best predictor's step is (conditional mean of a Gaussian)

    E[d_{k-1} u_0 | u_k] = G_k u_k,   G_k = d_{k-1} d_k v / (d_k^2 v + sigma^2),

so that the variance of a mode goes from s_K = d_K^2 v + sigma^2 by s_{k-1} = G_k^2 s_k + delta^2,
the last step without delta. It ends as a sum, A + B delta^2, and delta^2 = (V - A) / B with sums
over all modes but the constant one, V being that of v. Many levels bring delta to sqrt(2) sigma
from above: while d_k^2 v is about sigma^2, each level takes 2 sigma^2 / (d_k^2 v) of what a mode
has too much and adds delta^2, which balances at delta^2 / (2 sigma^2) (docs/sampling.md).
"""

from __future__ import annotations

import functools

from beyond_blur.config.blur_widths import blur_widths
from beyond_blur.config.options import Levels

PIXEL_VARIANCE = 1 / 16
"""Mean variance of the modes, in squared grey values: pixels spread by a quarter of the range.

Modes fall as 1 / f^2, as those of photographs do (Field, J. Opt. Soc. Am. A 4, 1987). Half or twice
the variance changes delta by 3 % for the 30 levels of preset digits, by 0.3 % for 200 levels."""


@functools.lru_cache(maxsize=64)
def unit_delta(levels: Levels, sigma: float, size: int, spectrum: float = 0.0) -> float:
    """The delta with which the chain's samples have the variance of the data.

    Parameters
    ----------
    levels : Levels
        Blur levels; one network call for each.
    sigma : float
        Standard deviation of the noise that the network is trained with.
    size : int
        Height and width of the images in pixels.
    spectrum : float
        Exponent of the spectrum of the sampler's noise: `beyond_blur.processes.coloured_noise`.

    Returns
    -------
    float
        In grey values; 0 where there is no noise, for then the best predictor loses nothing.
    """
    import numpy as np

    if sigma == 0:
        return 0.0
    squares = np.arange(size) ** 2
    # Modes of one rate share their way; the first is the constant mode.
    number, count = np.unique(squares[:, None] + squares, return_counts=True)
    rate, count = (np.pi / size) ** 2 * number[1:], count[1:]
    v = PIXEL_VARIANCE / rate * count.sum() / (count / rate).sum()
    kept = np.exp(-0.5 * rate * blur_widths(levels)[:, None] ** 2)
    # Variance of the sampler's noise in each mode, the constant one as the lowest, mean 1.
    colour = number[1:] ** (-spectrum / 2)
    colour = colour * size**2 / (1 + count @ colour)
    of_data, of_delta = kept[-1] ** 2 * v + sigma**2, np.zeros_like(v)
    for k in range(levels.n_levels, 0, -1):
        gain = (kept[k - 1] * kept[k] * v / (kept[k] ** 2 * v + sigma**2)) ** 2
        of_data, of_delta = gain * of_data, gain * of_delta + (k > 1) * colour
    missing, given = count @ (v - of_data), count @ of_delta
    return float(np.sqrt(missing / given)) if given > 0 else 0.0
