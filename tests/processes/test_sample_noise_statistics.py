"""Noise of samples is white: normal, and unrelated across seeds, samples, draws and places.

Seeds are fixed, so that a test always says the same. A bound of five standard deviations would be
broken by chance once in 1.7 million.
"""

import math

import numpy as np
import pytest
import torch
from scipy import stats

from beyond_blur.processes.noise import SampleNoise


@pytest.fixture(scope="module")
def drawn():
    """2^20 numbers: 32 samples, 2 draws."""
    noise = SampleNoise(11, list(range(32)))
    return torch.stack([noise.normal(torch.empty(32, 1, 128, 128)) for _ in range(2)])


def test_moments_are_those_of_the_normal_distribution(drawn):
    z, n = drawn.double().flatten(), drawn.numel()
    # Means of z^p and their variances: E z^2p - (E z^p)^2.
    for power, mean, variance in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96), (6, 15, 10170)):
        assert abs(float(z.pow(power).mean()) - mean) < 5 * math.sqrt(variance / n)


def test_the_distribution_is_normal_and_so_are_its_tails(drawn):
    z = drawn.double().flatten().numpy()
    assert stats.kstest(z, "norm").pvalue > 1e-3
    for limit in (1, 2, 3, 4):
        expected = len(z) * 2 * stats.norm.sf(limit)
        assert abs((np.abs(z) > limit).sum() - expected) < 5 * math.sqrt(expected)


def test_seeds_samples_and_draws_are_not_correlated():
    rows = []
    for seed in (0, 1, 2, 2**32):
        noise = SampleNoise(seed, [0, 1, 2, 3, 4, 2**16, 2**31, 2**32 - 1])
        rows += [noise.normal(torch.empty(8, 1, 64, 64)).flatten(1) for _ in range(3)]
    z = torch.cat(rows).double()
    for values in (z, z.square(), z.abs().sqrt()):
        correlations = values.corrcoef().triu(1)
        # 4,560 pairs of 4,096 numbers.
        assert float(correlations.abs().max()) < 5.5 / math.sqrt(z.shape[1])
        assert float(correlations.sum()) < 5 * math.sqrt(4560 / z.shape[1])


def test_places_of_an_image_are_not_correlated(drawn):
    z = drawn.double().flatten(0, 2)
    images = z.flatten(1)
    for lag in (1, 2, 3, 4, 5, 8, 128, 4096):
        products = images[:, lag:] * images[:, :-lag]
        assert abs(float(products.mean())) < 5 / math.sqrt(products.numel())
        squares = (images[:, lag:].square() - 1) * (images[:, :-lag].square() - 1)
        assert abs(float(squares.mean())) < 5 * 2 / math.sqrt(squares.numel())


def test_the_spectrum_of_images_is_flat(drawn):
    power = torch.fft.rfft2(drawn.double().flatten(0, 2)).abs().square()[..., 1:-1] / 128**2
    # Each mode's power is exponentially distributed around 1, over 64 images; 8,064 modes.
    of_modes = power.mean(0)
    assert float((of_modes - 1).abs().max()) < 6 / math.sqrt(64)
    assert abs(float(power.mean()) - 1) < 5 / math.sqrt(power.numel())


def test_whole_numbers_are_even_and_unrelated_to_the_normal_ones():
    noise = SampleNoise(3, list(range(6000)))
    draws = torch.stack([noise.integers(0, 5, 6000) for _ in range(3)])
    for row in draws:
        assert stats.chisquare(torch.bincount(row, minlength=6).numpy()).pvalue > 1e-3
    uniform = noise.integers(0, 2**62 - 1, 6000).double() / 2**62
    assert stats.kstest(uniform.numpy(), "uniform").pvalue > 1e-3
    z = noise.normal(torch.empty(6000, 1)).flatten().double()
    together = torch.cat([draws.double(), uniform[None], z[None]]).corrcoef().triu(1)
    assert float(together.abs().max()) < 5 / math.sqrt(6000)
    assert noise.integers(7, 7, 6000).unique().tolist() == [7]
