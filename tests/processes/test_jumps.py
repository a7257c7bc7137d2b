"""Steps over several levels: one level is the paper's step; and laws for a perfect predictor."""

import itertools

import numpy as np
import pytest
import torch

from beyond_blur.config.noise_schedule import even_times
from beyond_blur.processes import AdvectionDiffusion
from beyond_blur.processes.blurring_diffusion import BlurringDiffusion
from beyond_blur.processes.cold_diffusion import ColdDiffusion, HeatKernel
from beyond_blur.processes.dct import blur, dct2, idct2
from beyond_blur.processes.ddpm import DDPM
from beyond_blur.processes.ddpm_samplers import DDIM, Ancestral
from beyond_blur.processes.ddpm_schedules import cosine_schedule, linear_schedule
from beyond_blur.processes.heat_dissipation import HeatDissipation
from beyond_blur.processes.noise import BatchNoise
from beyond_blur.sampling import reverse

WIDTHS = (0.0, *np.geomspace(0.5, 12, 24).tolist())
PROCESSES = [
    HeatDissipation(WIDTHS), AdvectionDiffusion(24, blur_widths=WIDTHS),
    ColdDiffusion(HeatKernel(WIDTHS), 1), ColdDiffusion(HeatKernel(WIDTHS), 2, delta=0.01),
    DDPM(linear_schedule(24)), DDPM(cosine_schedule(24), DDIM(0.5)),
    BlurringDiffusion(even_times(24), 4.0),
]  # fmt: skip


def name(process):
    return type(process).__name__


def batch_of(images):
    return {"images": images, "terminal": images}


def draw(process, predict, images, steps=None, seed=0):
    """Samples with a predictor that is told the level."""
    return reverse.sample(
        process, lambda x, k: predict(x, int(k[0])), batch_of(images), BatchNoise(seed), steps
    )


@pytest.mark.parametrize("process", PROCESSES, ids=name)
def test_a_jump_to_the_level_below_is_the_reverse_step(process, images):
    prediction = BatchNoise(1).normal(images)
    for k in (1, 2, 24):
        x = process.jump(prediction, images, k, k - 1, BatchNoise(3))
        assert torch.equal(x, process.reverse_step(prediction, images, k, BatchNoise(3)))


@pytest.mark.parametrize("process", PROCESSES, ids=name)
def test_as_many_calls_as_levels_is_the_full_sampler(process, images):
    def predict(x, k):
        return torch.tanh(x) * k / 100

    whole = draw(process, predict, images)
    assert torch.equal(draw(process, predict, images, steps=24), whole)
    x = process.prior(batch_of(images), noise := BatchNoise(0))
    for k in range(24, 0, -1):
        x = process.jump(predict(x, k), x, k, k - 1, noise)
    assert torch.equal(process.to_image(x), whole)


@pytest.mark.parametrize("process", PROCESSES, ids=name)
def test_jumps_between_levels_that_are_no_jumps_are_refused(process, images):
    for k, j in ((3, 3), (3, 4), (3, -1), (25, 2), (0, 0)):
        with pytest.raises(ValueError, match=r"a jump from level|a reverse step from level"):
            process.jump(images, images, k, j, BatchNoise(0))


def test_a_process_without_blur_widths_says_that_jumps_need_them(images):
    process = AdvectionDiffusion(24)
    assert torch.isfinite(draw(process, lambda x, k: 0 * x, images)).all()
    with pytest.raises(ValueError, match=r"make it with blur_widths, or leave sampling\.steps"):
        draw(process, lambda x, k: 0 * x, images, steps=3)


# --- a perfect predictor --------------------------------------------------------------------------


@pytest.mark.parametrize("steps", [1, 2, 5, 12])
@pytest.mark.parametrize("process", [
    DDPM(linear_schedule(24), DDIM()), DDPM(linear_schedule(24), DDIM(0.7)),
    DDPM(cosine_schedule(24)), DDPM(linear_schedule(24), Ancestral("fixed_small", clip=False)),
    BlurringDiffusion(even_times(24), 0.0), BlurringDiffusion(even_times(24), 4.0),
    ColdDiffusion(HeatKernel(WIDTHS), 1), ColdDiffusion(HeatKernel(WIDTHS), symmetry_noise=0.0),
], ids=name)  # fmt: skip
def test_where_the_network_knows_the_image_few_calls_return_it(process, images, steps):
    images = images.double()
    x_0 = 2 * images - 1

    def predict(x_k, k):
        if isinstance(process, ColdDiffusion):
            return images
        if isinstance(process, DDPM):
            abar = process.alphas_cumprod[k]
            return (x_k - abar**0.5 * x_0) / (1 - abar) ** 0.5
        alpha, sigma = process.signal_and_noise(torch.tensor([k]), 16, 12)
        return (x_k - idct2(alpha * dct2(x_0))) / sigma

    state, levels = (
        process.prior(batch_of(images), BatchNoise(0)),
        reverse.strided_levels(24, steps),
    )
    for k, j in itertools.pairwise(levels):
        state = process.jump(predict(state, k), state, k, j, BatchNoise(k))
    # The guards of Blurring Diffusion and level 0 of the cosine schedule cost a little.
    assert (process.to_image(state) - images).abs().max() < 0.01


@pytest.mark.parametrize("algorithm", [1, 2])
def test_cold_jumps_carry_the_state_to_the_level(images, algorithm):
    process = ColdDiffusion(HeatKernel(WIDTHS), algorithm)
    blurred = {k: blur(images, torch.full((6,), WIDTHS[k])) for k in (20, 7)}
    x = process.jump(images, blurred[20], 20, 7, BatchNoise(0))
    torch.testing.assert_close(x, blurred[7], rtol=0, atol=1e-5)


SMOOTH = (0.0, *np.geomspace(0.5, 8, 32).tolist())


def heat_predictor(images, widths):
    """Knows the image and so the step back from whatever state it sees."""
    return lambda x, k: blur(images, torch.full((len(images),), widths[k - 1])) - x


@pytest.mark.parametrize("make", [HeatDissipation, lambda w: AdvectionDiffusion(32, blur_widths=w)])
def test_more_calls_bring_blur_closer_to_the_image(images, make):
    process, errors = make(SMOOTH), []
    last = {"images": images, "terminal": blur(images, torch.full((6,), SMOOTH[-1]))}
    for steps in (1, 4, 16, 32):
        predict = heat_predictor(images, SMOOTH)
        drawn = reverse.sample(
            process, lambda x, k, f=predict: f(x, int(k[0])), last, BatchNoise(0), steps
        )
        errors.append(float((drawn - images).square().mean().sqrt()))
    assert all(b < 0.9 * a for a, b in itertools.pairwise(errors))
    assert errors[-1] < 1e-6


def test_one_call_from_level_1_is_exact(images):
    process = HeatDissipation((0.0, 3.0))
    drawn = draw(process, heat_predictor(images, (0.0, 3.0)), images, steps=1)
    torch.testing.assert_close(drawn, images)


def test_a_jump_of_blur_is_of_second_order_in_the_time_it_spans(images):
    """Half the time, a quarter of the error, for a mode that decays slowly."""
    widths = tuple(np.sqrt(2 * np.linspace(0, 1, 33)).tolist())  # even in diffusion time
    process, mode = HeatDissipation(widths, delta=0.0), torch.zeros(1, 1, 16, 12)
    mode[..., 1, 1] = 1.0
    image, errors = 0.5 + idct2(mode).double(), []
    for j in (16, 24):
        state = [blur(image, torch.tensor([widths[k]])) for k in (32, 31, j)]
        below = process.jump(state[1] - state[0], state[0], 32, j, BatchNoise(0))
        errors.append(float((below - state[2]).abs().max()))
    assert 0.2 < errors[1] / errors[0] < 0.3


@pytest.mark.parametrize("make", [HeatDissipation, lambda w: AdvectionDiffusion(24, blur_widths=w)])
def test_a_jump_does_not_amplify_noise(make):
    """The noise in the state is taken away by the prediction, and only delta eps comes back."""
    process, grey = make(WIDTHS), torch.full((4, 1, 16, 16), 0.5)
    x_k = grey + 0.01 * BatchNoise(1).normal(grey)
    x_j = process.jump(grey - x_k, x_k, 24, 2, BatchNoise(2))
    assert float((x_j - grey).std()) == pytest.approx(0.0125, rel=0.05)


def test_blurring_diffusion_over_two_steps_is_one_jump_in_distribution():
    """Mean and variance of q(z_j | z_k, x) from two posteriors, mode by mode."""
    process = BlurringDiffusion(even_times(40), 4.0)
    first, second = process.posterior(30, 6, 5), process.posterior(29, 6, 5)
    whole = process.posterior(30, 6, 5, 28)
    variance = second.variance + second.from_state**2 * first.variance
    torch.testing.assert_close(whole.variance, variance, rtol=1e-4, atol=0)
    torch.testing.assert_close(
        whole.from_state, second.from_state * first.from_state, rtol=1e-3, atol=1e-9
    )
