"""What a process asks of a prediction, and the noise of its steps."""

import dataclasses

import numpy as np
import pytest
import torch

from beyond_blur.config.noise_schedule import even_times
from beyond_blur.processes.blurring_diffusion import BlurringDiffusion
from beyond_blur.processes.cold_diffusion import ColdDiffusion, HeatKernel
from beyond_blur.processes.dct import idct2
from beyond_blur.processes.ddpm import DDPM
from beyond_blur.processes.ddpm_samplers import DDIM, Ancestral
from beyond_blur.processes.ddpm_schedules import linear_schedule
from beyond_blur.processes.heat_dissipation import HeatDissipation
from beyond_blur.processes.noise import BatchNoise

WIDTHS = (0.0, *np.geomspace(0.5, 12, 10).tolist())


def test_losses_of_cold_diffusion(images, noise):
    prediction = images + 0.1 * torch.randn(
        images.shape, generator=torch.Generator().manual_seed(1)
    )
    losses = {}
    for name in ("l1", "squared", "soft"):
        process = ColdDiffusion(HeatKernel(WIDTHS), loss=name)
        pair = process.training_pair({"images": images}, BatchNoise(0))
        losses[name] = process.loss_per_row(prediction, pair)
        assert losses[name].shape == (6,)
        assert process.loss_per_row(images, pair).max() < 1e-6
    error = prediction - images
    torch.testing.assert_close(losses["l1"], error.abs().sum((1, 2, 3)))
    torch.testing.assert_close(losses["squared"], error.square().sum((1, 2, 3)))
    assert (losses["soft"] < losses["squared"]).all()


def test_soft_loss_does_not_ask_for_what_the_blur_removed(images):
    """At the last level the finest mode of the error is gone; its gradient is finite."""
    process = ColdDiffusion(HeatKernel(WIDTHS), loss="soft", sigma=0.01)
    pair = dataclasses.replace(
        process.training_pair({"images": images}, BatchNoise(0)), k=torch.full((6,), 10)
    )
    finest = torch.zeros(1, 1, 16, 12)
    finest[..., -1, -1] = 1.0
    prediction = (images + idct2(finest)).requires_grad_()
    loss = process.loss_per_row(prediction, pair).sum()
    assert loss < 1e-9
    loss.backward()
    assert torch.isfinite(prediction.grad).all()


@pytest.mark.parametrize("process", [
    HeatDissipation(WIDTHS), ColdDiffusion(HeatKernel(WIDTHS), delta=0.01),
    DDPM(linear_schedule(30)), BlurringDiffusion(even_times(30), 4.0),
], ids=lambda p: type(p).__name__)  # fmt: skip
def test_last_step_adds_no_noise_and_others_do(process, images):
    x = images.clone()
    for k, same in ((1, True), (5, False)):
        ends = [process.reverse_step(0.1 * x, x, k, BatchNoise(seed)) for seed in (1, 2)]
        assert torch.equal(*ends) == same


def test_fixed_variances_are_beta_and_the_posteriors(images):
    abar = linear_schedule(40)
    beta = 1 - abar[20] / abar[19]
    expected = {"fixed_large": beta, "fixed_small": beta * (1 - abar[19]) / (1 - abar[20])}
    zero = torch.zeros(400, 1, 16, 12)
    for variance, value in expected.items():
        step = DDPM(abar, Ancestral(variance)).reverse_step(zero, zero, 20, BatchNoise(0))
        assert float(step.var()) == pytest.approx(value, rel=0.02)


def test_clipping_keeps_a_wild_prediction_in_range(images):
    x_k, wild = 2 * images - 1, torch.full_like(images, 50.0)
    for sampler in (Ancestral(), DDIM()):
        process = DDPM(linear_schedule(100), sampler)
        clipped = process.reverse_step(wild, x_k, 1, BatchNoise(0))
        assert clipped.abs().max() <= 1
        free = dataclasses.replace(process, sampler=dataclasses.replace(sampler, clip=False))
        assert free.reverse_step(wild, x_k, 90, BatchNoise(0)).abs().max() > 3
