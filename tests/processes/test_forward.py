"""Forward marginals: means, variances, and whether the sum of the image is kept."""

import numpy as np
import pytest
import torch

from beyond_blur.config import Velocity
from beyond_blur.config.noise_schedule import even_times
from beyond_blur.corruption.backend import Backend
from beyond_blur.corruption.states import corrupt
from beyond_blur.lbm.trajectory import Trajectory
from beyond_blur.processes.blurring_diffusion import BlurringDiffusion
from beyond_blur.processes.cold_diffusion import ColdDiffusion, HeatKernel
from beyond_blur.processes.dct import blur, dct2, idct2
from beyond_blur.processes.ddpm import DDPM
from beyond_blur.processes.ddpm_schedules import cosine_schedule, linear_schedule
from beyond_blur.processes.heat_dissipation import HeatDissipation
from beyond_blur.processes.noise import BatchNoise

WIDTHS = (0.0, *np.geomspace(0.5, 12, 10).tolist())
DRAWS = 4000


def mean_and_variance(process, image, k):
    """Over many draws: mean (c, h, w), and the variance averaged over the pixels."""
    many = image.expand(DRAWS, -1, -1, -1)
    x_k = process.forward(many, torch.full((DRAWS,), k), BatchNoise(2))
    return x_k.mean(0), float(x_k.var(0).mean())


@pytest.mark.parametrize("schedule", [linear_schedule, cosine_schedule])
@pytest.mark.parametrize("k", [1, 30, 100])
def test_ddpm_marginal_has_the_stated_mean_and_variance(images, schedule, k):
    process = DDPM(schedule(100))
    abar = process.alphas_cumprod[k]
    mean, variance = mean_and_variance(process, images[:1], k)
    error = (mean - abar**0.5 * (2 * images[0] - 1)).abs().max()
    assert error < 5 * ((1 - abar) / DRAWS) ** 0.5  # the largest of 384 errors of a mean
    # The variance of 384 pixels and 4,000 draws has a relative error of sqrt(2 / 1.5e6) = 0.0012.
    assert variance == pytest.approx(1 - abar, rel=0.006)


@pytest.mark.parametrize("k", [0, 3, 10])
def test_blurring_diffusion_marginal_has_the_stated_mean_and_variance(images, k):
    process = BlurringDiffusion(even_times(10), 6.0)
    t = k / 10
    angle = np.arctan(np.exp(-5)) * (1 - t) + np.arctan(np.exp(5)) * t
    width = torch.tensor([6 * np.sin(np.pi * t / 2) ** 2])
    x = 2 * images[:1].double() - 1
    expected = np.cos(angle) * (0.999 * blur(x, width) + 0.001 * x)[0]
    mean, variance = mean_and_variance(process, images[:1], k)
    assert (mean - expected).abs().max() < 5 * np.sin(angle) / DRAWS**0.5
    assert variance == pytest.approx(np.sin(angle) ** 2, rel=0.006)


def test_heat_dissipation_is_the_blur_with_constant_noise(images):
    process = HeatDissipation(WIDTHS, sigma=0.02)
    mean, variance = mean_and_variance(process, images[:1], 4)
    assert (mean - blur(images[:1], torch.tensor([WIDTHS[4]]))[0]).abs().max() < 5 * 0.02 / 63
    assert variance == pytest.approx(0.02**2, rel=0.006)
    clean = process.forward(images, torch.zeros(6, dtype=torch.int64), BatchNoise(0))
    torch.testing.assert_close(clean, images, rtol=0, atol=1e-6)


def test_signal_and_noise_keep_the_variance_and_start_clean():
    process = BlurringDiffusion(even_times(50), 20.0)
    alpha, sigma = process.signal_and_noise(torch.arange(51), 16, 12)
    torch.testing.assert_close(alpha[:, 0, 0].square() + sigma.square(), torch.ones(51).double())
    assert (alpha[0] / alpha[0, 0, 0] - 1).abs().max() < 1e-15  # d(0) = 1
    assert sigma[0] == pytest.approx(0.00674, rel=1e-3)
    assert alpha[-1, 0, 0] == pytest.approx(0.00674, rel=1e-3)
    assert (alpha.diff(dim=0) < 0).all()


def test_linear_schedule_is_the_papers_at_1000_steps_and_ends_alike_at_others():
    betas = 1 - np.array(linear_schedule(1000)[1:]) / np.array(linear_schedule(1000)[:-1])
    np.testing.assert_allclose(betas[[0, 999]], [1e-4, 0.02], rtol=1e-9)
    np.testing.assert_allclose(np.diff(betas), np.diff(betas).mean(), rtol=1e-6)
    ends = [np.log(linear_schedule(n)[-1]) for n in (100, 300, 1000, 4000)]
    assert max(ends) - min(ends) < 0.75


def drift_of_the_sum(process, images, k):
    """Relative change of each channel's sum, in the range of images."""
    x_k = process.forward(images.double(), torch.full((len(images),), k), BatchNoise(1))
    total = images.double().sum((2, 3))
    return process.to_image(x_k).sum((2, 3)) / total - 1


@pytest.mark.parametrize(
    "process", [HeatDissipation(WIDTHS, 0.0), ColdDiffusion(HeatKernel(WIDTHS))]
)
@pytest.mark.parametrize("k", [1, 5, 10])
def test_blur_conserves_the_sum(process, images, k):
    assert drift_of_the_sum(process, images, k).abs().max() < 1e-12


def test_advection_conserves_the_sum(images):
    trajectory = Trajectory(WIDTHS, 0.1, Velocity(speed_limit=0.05))
    keep = np.tile([1, 5, 10], (6, 1))
    states = corrupt(images.numpy(), trajectory, np.arange(6), keep, Backend("reference"))
    total = images.double().sum((2, 3)).numpy()
    drift = states.astype(np.float64).sum((3, 4)) / total[:, None] - 1
    assert np.abs(drift).max() < 1e-6
    still = blur(images, torch.full((6,), WIDTHS[5])).numpy()
    assert np.abs(states[:, 1] - still).max() > 1e-3  # the flow did move something


@pytest.mark.parametrize("process", [DDPM(linear_schedule(100)),
                                     BlurringDiffusion(even_times(100), 8.0)])  # fmt: skip
def test_noise_does_not_conserve_the_sum(process, images):
    """It pulls the mean towards grey 1/2 and adds a random amount of the stated spread."""
    drift = [drift_of_the_sum(process, images, k) for k in (30, 60, 100)]
    assert all(float(d.abs().mean()) > 5e-3 for d in drift)
    last = torch.full((6,), 100)
    totals = torch.stack(
        [process.forward(images, last, BatchNoise(i)).sum((2, 3)) for i in range(300)]
    )
    assert float(totals.std(0).mean()) == pytest.approx((16 * 12) ** 0.5, rel=0.05)


def test_training_pairs_are_the_marginal_and_its_noise(images):
    for process in (DDPM(cosine_schedule(20)), BlurringDiffusion(even_times(20), 4.0)):
        pair = process.training_pair({"images": images}, BatchNoise(4))
        assert pair.k.min() >= 1 and pair.k.max() <= 20 and len(set(pair.k.tolist())) > 1
        again = BatchNoise(4)
        k = again.integers(1, 20, 6)
        torch.testing.assert_close(process.forward(images, k, again), pair.x_k)


def test_white_noise_is_white_in_the_cosine_basis():
    epsilon = BatchNoise(0).normal(torch.zeros(5000, 1, 4, 4))
    assert (dct2(epsilon).var(0) - 1).abs().max() < 0.1
    torch.testing.assert_close(idct2(dct2(epsilon)), epsilon, rtol=0, atol=1e-5)
