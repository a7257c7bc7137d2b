"""The sampler itself on Gaussian data: samples have the variance that arithmetic says."""

import math

import pytest
import torch

from beyond_blur.config.noise_schedule import even_times
from beyond_blur.processes.blurring_diffusion import BlurringDiffusion
from beyond_blur.processes.dct import dct2, idct2
from beyond_blur.processes.ddpm import DDPM
from beyond_blur.processes.ddpm_samplers import DDIM, Ancestral
from beyond_blur.processes.ddpm_schedules import cosine_schedule
from beyond_blur.processes.heat_dissipation import HeatDissipation
from beyond_blur.processes.noise import BatchNoise, SampleNoise
from beyond_blur.sampling import reverse
from closed_chain import best_predictor, falling_spectrum, variance_of_samples

N = 4000

CHAINS = {
    "DDPM, large variance": DDPM(cosine_schedule(12), Ancestral("fixed_large", clip=False)),
    "DDPM, small variance": DDPM(cosine_schedule(12), Ancestral("fixed_small", clip=False)),
    "DDIM, eta 0": DDPM(cosine_schedule(12), DDIM(0.0, clip=False)),
    "Blurring Diffusion": BlurringDiffusion(even_times(12), 2.0),
    "IHDM, coloured noise": HeatDissipation(
        (0.0, 0.4, 0.6, 0.9, 1.4, 2.0, 3.0), sigma=0.05, delta=0.07, delta_spectrum=2.0
    ),
    "IHDM": HeatDissipation((0.0, 0.4, 0.6, 0.9, 1.4, 2.0, 3.0), sigma=0.05, delta=0.07),
}


@pytest.mark.parametrize("name", CHAINS)
def test_samples_have_the_variance_of_the_closed_form(name):
    """Every mode of 4,000 samples, to five standard errors: s^2 sqrt(2 / n)."""
    process, modes = CHAINS[name], falling_spectrum(4, 0.006)
    white = BatchNoise(3).normal(torch.zeros(N, 1, 4, 4).double())
    images, noise = 0.5 + idct2(modes.sqrt() * white), SampleNoise(0, list(range(N)))
    grey = 0.0 if process.to_image(torch.zeros(1)) else 0.5  # what mid-grey is in the states
    best = best_predictor(process, modes)
    samples = reverse.sample(
        process, lambda x, k: best(x - grey, int(k[0])), {"images": images}, noise
    )
    scale = float(process.to_image(torch.ones(1)) - process.to_image(torch.zeros(1)))
    found = (dct2((samples - 0.5) / scale) ** 2).mean((0, 1))
    torch.testing.assert_close(
        found, variance_of_samples(process, modes), rtol=5 * math.sqrt(2 / N), atol=0
    )
