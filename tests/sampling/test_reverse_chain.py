"""The sampler: with a perfect predictor it returns the image; a sample is its seed's alone."""

import pytest
import torch

from beyond_blur.config import Network
from beyond_blur.network.unet import UNet
from beyond_blur.processes import AdvectionDiffusion
from beyond_blur.processes.noise import SampleNoise
from beyond_blur.sampling import reverse
from beyond_blur.sampling.priors import batches, prior_rows


@pytest.fixture
def states():
    """A made-up forward chain of three images: x_0, ..., x_4."""
    generator = torch.Generator().manual_seed(0)
    return torch.rand(5, 3, 1, 8, 8, generator=generator)


def test_a_perfect_predictor_brings_the_image_back(states):
    process = AdvectionDiffusion(n_steps=4, sigma=0.01, delta=0.0125)

    def perfect(x, k):
        return states[int(k[0]) - 1] - x

    batch, noise = {"terminal": states[4]}, SampleNoise(0, [0, 1, 2])
    image = reverse.sample(process, perfect, batch, noise)
    torch.testing.assert_close(image, states[0])


def test_without_noise_the_chain_is_deterministic(states):
    process = AdvectionDiffusion(n_steps=4, sigma=0.0, delta=0.0)

    def half(x, k):
        return -x / 2

    image = reverse.sample(process, half, {"terminal": states[4]}, SampleNoise(0, [0, 1, 2]))
    torch.testing.assert_close(image, states[4] / 16)


def test_noise_has_the_size_delta_and_the_last_mean_is_returned():
    process = AdvectionDiffusion(n_steps=2, sigma=0.0, delta=0.1)
    x = torch.zeros(2, 1, 64, 64)
    noise = SampleNoise(0, [0, 1])
    states = dict(reverse.reverse_states(process, lambda x, k: 0 * x, x, noise))
    assert float(states[1].std()) == pytest.approx(0.1, rel=0.05)
    assert torch.equal(states[0], states[1])


def test_a_sample_does_not_depend_on_the_batch_it_was_drawn_in():
    process = AdvectionDiffusion(n_steps=3)
    torch.manual_seed(0)
    model = UNet(Network(8, (1, 2), 1, (), 0.0), 1).eval()
    source = {"terminal": torch.rand(7, 1, 8, 8)}
    rows = prior_rows(5, 7, seed=0)
    drawn = [
        torch.cat([
            reverse.sample(process, model, batch, noise)
            for batch, noise in batches(source, rows, 0, size)
        ])
        for size in (5, 2)
    ]  # fmt: skip
    torch.testing.assert_close(*drawn)
