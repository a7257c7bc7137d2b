"""Steps back: coincidences of the methods, Bayes' rule, and what a perfect predictor reaches."""

import dataclasses

import numpy as np
import pytest
import torch
from sklearn.datasets import load_sample_images

from beyond_blur.config import Velocity
from beyond_blur.config.noise_schedule import even_times
from beyond_blur.corruption.backend import Backend
from beyond_blur.corruption.states import corrupt
from beyond_blur.lbm.trajectory import Trajectory
from beyond_blur.processes import AdvectionDiffusion
from beyond_blur.processes.blurring_diffusion import BlurringDiffusion
from beyond_blur.processes.cold_diffusion import ColdDiffusion, HeatKernel
from beyond_blur.processes.dct import blur, dct2, idct2
from beyond_blur.processes.ddpm import DDPM
from beyond_blur.processes.ddpm_samplers import DDIM, Ancestral
from beyond_blur.processes.ddpm_schedules import cosine_schedule, linear_schedule
from beyond_blur.processes.heat_dissipation import HeatDissipation
from beyond_blur.processes.noise import BatchNoise

WIDTHS = (0.0, *np.geomspace(0.5, 12, 10).tolist())


def walk_back(process, x, predict, seed=3):
    """From level K to an image, with a predictor that is told the level."""
    noise = BatchNoise(seed)
    for k in range(process.n_steps, 0, -1):
        x = process.reverse_step(predict(x, k), x, k, noise)
    return process.to_image(x)


def psnr(images, truth):
    """Decibels, the peak being 1."""
    return -10 * np.log10(max(float((images - truth).double().square().mean()), 1e-20))


def noise_in(process, images):
    """The predictor that knows the image: the noise in x_k, exactly, for DDPM and its kin."""
    x_0 = 2 * images.double() - 1

    def predict(x_k, k):
        if isinstance(process, DDPM):
            abar = process.alphas_cumprod[k]
            return ((x_k - abar**0.5 * x_0) / (1 - abar) ** 0.5).to(x_k)
        alpha, sigma = process.signal_and_noise(torch.tensor([k]), *x_k.shape[-2:])
        return ((x_k - idct2(alpha * dct2(x_0))) / sigma).to(x_k)

    return predict


# --- a perfect predictor brings every sampler back to the image -----------------------------------

SAMPLERS = [Ancestral(), Ancestral("fixed_small"), Ancestral("fixed_large", clip=False),
            DDIM(), DDIM(0.5), DDIM(1.0, clip=False)]  # fmt: skip


@pytest.mark.parametrize("sampler", SAMPLERS, ids=str)
@pytest.mark.parametrize("schedule", [linear_schedule, cosine_schedule])
@pytest.mark.parametrize("n_steps", [25, 200])
def test_ddpm_returns_the_image(images, noise, sampler, schedule, n_steps):
    process = DDPM(schedule(n_steps), sampler)
    x_K = process.prior({"images": images}, noise)
    assert psnr(walk_back(process, x_K, noise_in(process, images)), images) > 45


@pytest.mark.parametrize("blur_width_max", [0.0, 2.0, 20.0])
@pytest.mark.parametrize("n_steps", [25, 200])
def test_blurring_diffusion_returns_the_image(images, noise, blur_width_max, n_steps):
    process = BlurringDiffusion(even_times(n_steps), blur_width_max)
    x_K = process.prior({"images": images}, noise)
    assert psnr(walk_back(process, x_K, noise_in(process, images)), images) > 45


def test_heat_dissipation_returns_the_image(images, noise):
    process = HeatDissipation(WIDTHS)

    def step_back(x_k, k):
        return blur(images, torch.full((6,), WIDTHS[k - 1])) - x_k

    x_K = process.prior({"images": images}, noise)
    assert psnr(walk_back(process, x_K, step_back), images) > 100


def test_advection_diffusion_returns_the_image(images, noise):
    trajectory = Trajectory(WIDTHS, 0.1, Velocity(speed_limit=0.05))
    keep = np.tile(np.arange(11), (6, 1))
    states = torch.from_numpy(
        corrupt(images.numpy(), trajectory, np.arange(6), keep, Backend("reference"))
    )
    process = AdvectionDiffusion(n_steps=10)
    x_K = process.prior({"terminal": states[:, 10]}, noise)
    returned = walk_back(process, x_K, lambda x_k, k: states[:, k - 1] - x_k)
    assert psnr(returned, images) > 100


@pytest.mark.parametrize("algorithm", [1, 2])
def test_cold_diffusion_returns_the_image(images, noise, algorithm):
    process = ColdDiffusion(HeatKernel(WIDTHS), algorithm, symmetry_noise=0.0)
    x_K = process.prior({"images": images}, noise)
    assert psnr(walk_back(process, x_K, lambda x_k, k: images), images) > 100


@pytest.mark.parametrize("k", [1, 4, 10])
def test_the_guess_of_a_perfect_predictor_is_the_image_or_the_level_below(images, noise, k):
    exact, levels = images.double(), torch.full((6,), k)
    for process in (DDPM(cosine_schedule(12)), BlurringDiffusion(even_times(12), 2.0)):
        x_k = process.forward(exact, levels, noise)
        guess = process.guess(noise_in(process, exact)(x_k, k), x_k, k)
        torch.testing.assert_close(process.to_image(guess), exact, rtol=0, atol=1e-9)
    assert torch.equal(ColdDiffusion(HeatKernel(WIDTHS)).guess(images, 0 * images, k), images)
    ihdm = HeatDissipation(WIDTHS)
    x_k = ihdm.forward(images, levels, noise)
    below = blur(images, torch.full((6,), WIDTHS[k - 1]))
    torch.testing.assert_close(ihdm.guess(below - x_k, x_k, k), below)


# --- coincidences ---------------------------------------------------------------------------------


def test_lattice_without_flow_is_the_heat_kernel():
    """Within 0.035 of it at every level and within 1e-4 from 12 px on, a photograph at 128 px."""
    photograph = load_sample_images().images[1][100:356, 200:456].mean(2) / 255
    image = photograph.reshape(128, 2, 128, 2).mean((1, 3)).astype(np.float32)[None, None]
    sigma = np.concatenate([[0], np.geomspace(0.5, 16, 30)])
    seeds, keep = np.zeros(1, np.int64), np.arange(31)[None]
    states = corrupt(image, Trajectory(tuple(sigma)), seeds, keep, Backend("reference"))[0]
    exact = blur(torch.from_numpy(image).expand(31, -1, -1, -1), torch.from_numpy(sigma)).numpy()
    error = np.abs(states - exact).max((1, 2, 3))
    assert error.max() < 0.035
    assert error[sigma >= 12].max() < 1e-4


def test_blurring_diffusion_without_blur_has_the_posterior_of_cosine_ddpm():
    without, ddpm = BlurringDiffusion(even_times(200), 0.0), DDPM(cosine_schedule(200))
    for k in range(2, 201):
        abar, previous = ddpm.alphas_cumprod[k], ddpm.alphas_cumprod[k - 1]
        beta = 1 - abar / previous
        expected = (
            (1 - beta) ** 0.5 * (1 - previous) / (1 - abar),
            previous**0.5 * beta / (1 - abar) / abar**0.5,
            beta * (1 - previous) / (1 - abar),
        )
        posterior = without.posterior(k, 3, 2)
        got = (posterior.from_state, posterior.from_denoised, posterior.variance)
        for factor, value in zip(got, expected, strict=True):
            assert (factor / value - 1).abs().max() < 1e-10


@pytest.mark.parametrize("n_steps", [20, 100])
def test_blurring_diffusion_without_blur_is_cosine_ddpm(images, n_steps):
    """Marginal, and a whole chain with the same noise and a predictor that is far from perfect."""
    without = BlurringDiffusion(even_times(n_steps), 0.0)
    ddpm = DDPM(cosine_schedule(n_steps), Ancestral("fixed_small", clip=False))
    k = torch.tensor([0, 1, 5, 9, 15, n_steps])
    torch.testing.assert_close(
        without.forward(images, k, BatchNoise(1)), ddpm.forward(images, k, BatchNoise(1)),
        rtol=0, atol=2e-6,
    )  # fmt: skip

    def predict(x_k, k):
        abar = ddpm.alphas_cumprod[k]
        return (x_k - 0.7 * abar**0.5 * torch.tanh(x_k)) / (1 - abar) ** 0.5

    x_K = BatchNoise(7).normal(images.double())
    chains = [walk_back(process, x_K, predict) for process in (without, ddpm)]
    assert chains[0].std() > 0.02
    assert (chains[0] - chains[1]).abs().max() < 1e-9


def test_ddim_with_eta_1_is_the_ancestral_step_with_the_small_variance(images):
    steps = [
        DDPM(linear_schedule(50), sampler) for sampler in (DDIM(1.0), Ancestral("fixed_small"))
    ]
    x_k, prediction = BatchNoise(0).normal(images.double()), BatchNoise(1).normal(images.double())
    for k in (1, 2, 25, 50):
        one, other = (p.reverse_step(prediction, x_k, k, BatchNoise(k)) for p in steps)
        torch.testing.assert_close(one, other)


def test_ddim_with_eta_0_draws_no_random_numbers(images):
    process = DDPM(linear_schedule(50))
    ddim = dataclasses.replace(process, sampler=DDIM())
    x_k = BatchNoise(0).normal(images)
    seeds = [BatchNoise(1), BatchNoise(2)]
    first, second = (ddim.reverse_step(x_k, x_k, 25, seed) for seed in seeds)
    assert torch.equal(first, second)
    first, second = (process.reverse_step(x_k, x_k, 25, seed) for seed in seeds)
    assert not torch.equal(first, second)


@pytest.mark.parametrize("blur_width_max", [0.5, 8.0, 20.0])
@pytest.mark.parametrize("k", [1, 2, 17, 40])
def test_posterior_is_bayes_rule(blur_width_max, k):
    """Precisions of q(z_s | x) and q(z_t | z_s) add, and means weigh by them, mode by mode."""
    process = BlurringDiffusion(even_times(40), blur_width_max)
    alpha, sigma = process.signal_and_noise(torch.tensor([k, k - 1]), 16, 12)
    (alpha_t, alpha_s), (sigma_t, sigma_s) = alpha, sigma
    x, z_t = torch.randn(2, 16, 12, generator=torch.Generator().manual_seed(k)).double()
    step = alpha_t / alpha_s
    variance_step = sigma_t**2 - step**2 * sigma_s**2
    precision = 1 / sigma_s**2 + step**2 / variance_step
    mean = (alpha_s * x / sigma_s**2 + step * z_t / variance_step) / precision
    posterior = process.posterior(k, 16, 12)
    torch.testing.assert_close(posterior.variance, 1 / precision, rtol=1e-4, atol=0)
    # z_t - sigma_t eps is alpha_t x for the eps that x and z_t stand for.
    ours = posterior.from_state * z_t + posterior.from_denoised * alpha_t * x
    torch.testing.assert_close(ours, mean, rtol=0, atol=1e-4 * float(mean.abs().max()))


def test_cold_algorithm_2_takes_the_increments_of_heat_dissipation(images, noise):
    """No noise and a perfect predictor: each step adds back F(t_{k-1}) u_0 - F(t_k) u_0."""
    cold, ihdm = ColdDiffusion(HeatKernel(WIDTHS)), HeatDissipation(WIDTHS, sigma=0.0, delta=0.0)
    for k in range(1, 11):
        levels = torch.full((6,), k)
        u_k = ihdm.forward(images, levels, noise)
        increment = blur(images, torch.full((6,), WIDTHS[k - 1])) - u_k
        u_previous = ihdm.reverse_step(increment, u_k, k, noise)
        torch.testing.assert_close(
            cold.reverse_step(images, u_k, k, noise), u_previous, rtol=0, atol=2e-6
        )


def test_algorithm_2_forgives_a_bad_predictor_and_algorithm_1_does_not(images, noise):
    """Where a degradation is of first order in k, the second is right whatever is predicted."""

    @dataclasses.dataclass(frozen=True)
    class Fade:
        n_steps: int = 10

        def __call__(self, images, k):
            return images - 0.3 * (k / self.n_steps)[:, None, None, None]

    good, bad = (ColdDiffusion(Fade(), a, symmetry_noise=0.0) for a in (2, 1))
    x_K = good.prior({"images": images}, noise)
    guess = torch.rand_like(images)
    torch.testing.assert_close(walk_back(good, x_K, lambda x, k: guess), images)
    assert psnr(walk_back(bad, x_K, lambda x, k: guess), images) < 15
