"""Chains that are exact arithmetic: Gaussian data of independent cosine modes, the best predictor.

For zero-mean Gaussian data whose modes are independent, of known variance, the mean that the best
predictor answers is linear in the state, mode by mode. So is the step back, and a chain multiplies
and adds variances. `variance_of_samples` reads both numbers of a step off the process's own code.
"""

import math

import torch

from beyond_blur.processes.blurring_diffusion import BlurringDiffusion
from beyond_blur.processes.coloured_ddpm import ColouredDDPM
from beyond_blur.processes.coloured_noise import power_law
from beyond_blur.processes.dct import dct2, heat_kernel, idct2
from beyond_blur.processes.ddpm import DDPM


class OnlyTheSecond:
    """Noise of two rows: nothing, and one in every mode."""

    def normal(self, like):
        return idct2(torch.stack([torch.zeros_like(like[0]), torch.ones_like(like[1])]))


def falling_spectrum(side, variance):
    """Variances of the modes, (side, side), falling as 1 / f^2 as those of photographs do.

    `variance` is the mean over all modes but the constant one, which is given that of the lowest.
    """
    rates = (math.pi / side * torch.arange(side, dtype=torch.float64)).square()
    squared = rates[:, None] + rates[None]
    squared[0, 0] = rates[1]
    modes = 1 / squared
    return variance * modes / modes.flatten()[1:].mean()


def spectrum_of_noise(process, modes):
    """Variance of every mode of the noise that a process draws, (h, w)."""
    if isinstance(process, ColouredDDPM):
        return power_law(*modes.shape, process.noise_exponent)
    return torch.ones_like(modes)


def best_predictor(process, modes):
    """E[target | x_k] for data of mode variances `modes`, (h, w): a function of x_k and k."""
    h, w = modes.shape

    def factor(k):
        if isinstance(process, DDPM):
            noise, spectrum = 1 - process.alphas_cumprod[k], spectrum_of_noise(process, modes)
            return (
                math.sqrt(noise) * spectrum / (process.alphas_cumprod[k] * modes + noise * spectrum)
            )
        if isinstance(process, BlurringDiffusion):
            alpha, sigma = (v[0] for v in process.signal_and_noise(torch.tensor([k]), h, w))
            return sigma / (alpha**2 * modes + sigma**2)
        widths = torch.tensor(process.blur_widths[k - 1 : k + 1], dtype=torch.float64)
        below, here = heat_kernel(widths, h, w)
        return below * here * modes / (here**2 * modes + process.sigma**2) - 1

    return lambda x_k, k: idct2(factor(k).to(x_k) * dct2(x_k))


def variance_of_samples(process, modes, predict=None):
    """Variance of every mode of the samples, (h, w), in the units of the process's states."""
    predict = predict or best_predictor(process, modes)
    # One in every mode and no noise beside no state and one in every mode of the noise.
    x_k = idct2(torch.stack([torch.ones_like(modes), torch.zeros_like(modes)])[:, None])
    variance = first_variance(process, modes)
    for k in range(process.n_steps, 0, -1):
        kept, added = dct2(process.reverse_step(predict(x_k, k), x_k, k, OnlyTheSecond()))[:, 0]
        variance = kept**2 * variance + added**2
    return variance


def first_variance(process, modes):
    """Variance of the modes of x_K: of white noise, or of the blurred data and its noise."""
    if isinstance(process, DDPM | BlurringDiffusion):
        return spectrum_of_noise(process, modes)
    last = torch.tensor(process.blur_widths[-1], dtype=torch.float64)
    return heat_kernel(last, *modes.shape) ** 2 * modes + process.sigma**2


def ratio(variance, modes):
    """Variance of the samples over that of the data, but for the constant mode."""
    return float(variance.flatten()[1:].sum() / modes.flatten()[1:].sum())
