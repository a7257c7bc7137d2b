"""DDPM with coloured noise: DDPM in other coordinates, and DDPM itself where the noise is white."""

import pytest
import torch

from beyond_blur.config import ColouredDDPMOptions, DDPMOptions, Levels
from beyond_blur.processes import build
from beyond_blur.processes.coloured_ddpm import ColouredDDPM
from beyond_blur.processes.coloured_noise import coloured, power_law
from beyond_blur.processes.dct import dct2
from beyond_blur.processes.ddpm import DDPM
from beyond_blur.processes.ddpm_samplers import DDIM, Ancestral
from beyond_blur.processes.ddpm_schedules import cosine_schedule
from beyond_blur.processes.noise import BatchNoise
from closed_chain import falling_spectrum, variance_of_samples

SAMPLERS = [
    Ancestral("fixed_large", clip=False), Ancestral("fixed_small", clip=False),
    DDIM(0.0, clip=False), DDIM(1.0, clip=False),
]  # fmt: skip
PHOTOGRAPHS = falling_spectrum(16, 0.5)


def images(n=3, side=8):
    return torch.rand(n, 1, side, side, generator=torch.Generator().manual_seed(0))


def states(process):
    """Everything that a process draws."""
    batch, k = {"images": images()}, torch.tensor([0, 3, 20])
    pair = process.training_pair(batch, BatchNoise(1))
    prior = process.prior(batch, BatchNoise(2))
    steps = [process.reverse_step(prior, prior, k, BatchNoise(3)) for k in (20, 2, 1)]
    jump = process.jump(prior, prior, 20, 4, BatchNoise(4))
    forward = process.forward(images(), k, BatchNoise(5))
    return [pair.x_k, pair.target, pair.k, prior, *steps, jump, forward]


@pytest.mark.parametrize("sampler", [Ancestral(), DDIM(0.5)])
def test_exponent_0_is_ddpm_to_the_last_bit(sampler):
    schedule = cosine_schedule(20)
    ours, usual = ColouredDDPM(schedule, sampler, noise_exponent=0.0), DDPM(schedule, sampler)
    for a, b in zip(states(ours), states(usual), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("exponent", [2.0, -1.0])
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_chain_is_that_of_ddpm_on_data_divided_by_the_noises_spectrum(sampler, exponent):
    schedule, noise = cosine_schedule(30), power_law(16, 16, exponent)
    found = variance_of_samples(
        ColouredDDPM(schedule, sampler, noise_exponent=exponent), PHOTOGRAPHS
    )
    white = variance_of_samples(DDPM(schedule, sampler), PHOTOGRAPHS / noise)
    torch.testing.assert_close(found, noise * white, rtol=1e-9, atol=0)


def test_noise_with_the_spectrum_of_the_data_serves_every_frequency_alike():
    """Data of variance 1 / (n^2 + m^2): one share of all modes, where white noise has many."""

    def shares(exponent):
        process = ColouredDDPM(cosine_schedule(30), SAMPLERS[1], noise_exponent=exponent)
        return (variance_of_samples(process, PHOTOGRAPHS) / PHOTOGRAPHS).flatten()

    equal, white = shares(2.0), shares(0.0)
    assert equal.max() / equal.min() == pytest.approx(1, abs=1e-6)
    assert white.max() / white.min() > 1.25


@pytest.mark.parametrize("exponent", [2.0, 0.5, -1.0])
@pytest.mark.parametrize("shape", [(8, 8), (4, 8)])
def test_noise_has_its_spectrum_and_variance_one_in_the_mean(exponent, shape):
    drawn = coloured(BatchNoise(0), exponent).normal(torch.empty(8000, 1, *shape))
    found, expected = dct2(drawn).square().mean((0, 1)), power_law(*shape, exponent)
    torch.testing.assert_close(found.double(), expected, rtol=0.08, atol=0)
    assert float(expected.mean()) == pytest.approx(1)
    quarter = expected[0, 4] / expected[0, 2]
    assert float(quarter) == pytest.approx(2**-exponent)


def test_the_configuration_gives_the_exponent_and_all_that_ddpm_takes():
    options = ColouredDDPMOptions(n_steps=30, schedule="cosine", sampler="ddim", eta=0.5)
    made = build(options, Levels(), 0.0)
    plain = build(DDPMOptions(n_steps=30, schedule="cosine", sampler="ddim", eta=0.5), Levels())
    assert isinstance(made, ColouredDDPM) and made.noise_exponent == 2.0
    assert (made.alphas_cumprod, made.sampler) == (plain.alphas_cumprod, plain.sampler)
    assert made.noise_variance(5) == 0.0, "no white floor"
