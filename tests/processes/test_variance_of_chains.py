"""Variance of samples of Gaussian data, exactly: what the best predictor reaches with K levels."""

import itertools
import math

import pytest
import torch

from beyond_blur.config.noise_schedule import even_times
from beyond_blur.processes.blurring_diffusion import BlurringDiffusion
from beyond_blur.processes.ddpm import DDPM
from beyond_blur.processes.ddpm_samplers import DDIM, Ancestral
from beyond_blur.processes.ddpm_schedules import cosine_schedule
from beyond_blur.processes.heat_dissipation import HeatDissipation
from closed_chain import falling_spectrum, ratio, variance_of_samples

PHOTOGRAPHS = falling_spectrum(32, 0.5)
WHITE = torch.ones(2, 2, dtype=torch.float64)


def cosine_ddpm(sampler):
    """A function of K to DDPM."""
    return lambda n_steps: DDPM(cosine_schedule(n_steps), sampler)


LARGE = cosine_ddpm(Ancestral("fixed_large", clip=False))
SMALL = cosine_ddpm(Ancestral("fixed_small", clip=False))
ETA_1 = cosine_ddpm(DDIM(1.0, clip=False))
ETA_0 = cosine_ddpm(DDIM(0.0, clip=False))


def blurring(width):
    """A function of K to Blurring Diffusion of a largest blur width."""
    return lambda n_steps: BlurringDiffusion(even_times(n_steps), width)


# Shares of K = 20, 60, 200, 1000, from a computation that shares no code with this one.
SHARES = {
    "DDPM, large variance": (LARGE, (0.87, 0.952, 0.985, 0.997)),
    "DDPM, small variance": (SMALL, (0.72, 0.886, 0.963, 0.992)),
    "DDIM, eta 1": (ETA_1, (0.72, 0.886, 0.963, 0.992)),
    "DDIM, eta 0": (ETA_0, (0.77, 0.916, 0.973, 0.994)),
    "Blurring Diffusion without blur": (blurring(0.0), (0.72, 0.886, 0.963, 0.992)),
}
MANY = pytest.mark.slow
LEVELS = (20, 60, pytest.param(200, marks=MANY), pytest.param(1000, marks=MANY))


@pytest.mark.parametrize("n_steps", LEVELS)
@pytest.mark.parametrize("name", SHARES)
def test_samples_have_the_share_of_the_variance_that_their_levels_allow(name, n_steps):
    process, shares = SHARES[name]
    share = ratio(variance_of_samples(process(n_steps), PHOTOGRAPHS), PHOTOGRAPHS)
    assert share == pytest.approx(shares[(20, 60, 200, 1000).index(n_steps)], abs=0.008)


@pytest.mark.parametrize(
    ("n_steps", "share"),
    [
        (20, 0.556),
        (60, 0.803),
        pytest.param(200, 0.933, marks=MANY),
        pytest.param(1000, 0.986, marks=MANY),
    ],
)
def test_blur_costs_variance_which_levels_give_back(n_steps, share):
    found = ratio(variance_of_samples(blurring(14.0)(n_steps), PHOTOGRAPHS), PHOTOGRAPHS)
    assert found == pytest.approx(share, abs=0.002)
    without = ratio(variance_of_samples(blurring(0.0)(n_steps), PHOTOGRAPHS), PHOTOGRAPHS)
    assert found < without


def test_the_guard_of_blurring_diffusion_is_far_under_a_short_step():
    """At 1e-8 it left 0.974 of this variance, in the place of DDPM's 0.993."""
    modes = torch.full((2, 2), 0.5, dtype=torch.float64)
    found, ddpm = (variance_of_samples(made(1000), modes) for made in (blurring(0.0), SMALL))
    torch.testing.assert_close(found, ddpm, rtol=1e-9, atol=0)


def test_large_variance_is_right_for_white_noise_data():
    """DDPM, section 3.2: all states keep variance one, but for the noise of the last step."""
    for n_steps in (20, 200):
        process = LARGE(n_steps)
        last = process.alphas_cumprod[1] / process.alphas_cumprod[0]
        found = variance_of_samples(process, WHITE)
        torch.testing.assert_close(found, torch.full_like(WHITE, last), rtol=1e-9, atol=0)


def test_ddim_turns_white_noise_data_by_the_cosine_of_each_step():
    """Signal cos and noise sin of one angle: a step multiplies by the cosine of its change."""
    process = ETA_0(20)
    angles = [math.acos(math.sqrt(abar)) for abar in process.alphas_cumprod]
    turned = math.prod(math.cos(b - a) for a, b in itertools.pairwise(angles))
    found = variance_of_samples(process, WHITE)
    torch.testing.assert_close(found, torch.full_like(WHITE, turned**2), rtol=1e-9, atol=0)


# --- IHDM: the sampler's noise decides --------------------------------------------------------


def ihdm_ratio(n_steps, factor):
    """Share of the variance of white data over levels so close that a mode leaves over many."""
    share = [i / (n_steps - 1) for i in range(n_steps)]
    widths = (0.0, *(0.3 * (32 / 0.3) ** s for s in share))
    process = HeatDissipation(widths, sigma=0.02, delta=factor * 0.02)
    modes = torch.full((8, 8), 1 / 16, dtype=torch.float64)
    return ratio(variance_of_samples(process, modes), modes)


@pytest.mark.parametrize("factor", [1.25, math.sqrt(2)])
def test_ihdm_tends_to_half_the_squared_ratio_of_its_noises(factor):
    """The gap to delta^2 / (2 sigma^2) halves where levels double, so one can go on to infinity."""
    few, many = (ihdm_ratio(n_steps, factor) for n_steps in (200, 400))
    limit = factor**2 / 2
    assert few < many < limit
    assert 2 * many - few == pytest.approx(limit, abs=0.004)
