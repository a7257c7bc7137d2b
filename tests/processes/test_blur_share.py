"""The share of blur: from Blurring Diffusion to DDPM on a straight line of log signal-to-noise."""

import pytest
import torch

from beyond_blur.config import BlurringDiffusionOptions, ConfigError, Levels, load_experiment
from beyond_blur.config.noise_schedule import even_times
from beyond_blur.config.step_gain import D_MIN, worst_gain
from beyond_blur.processes import build
from beyond_blur.processes.blurring_diffusion import BlurringDiffusion, amplitudes, blur_widths
from beyond_blur.processes.dct import heat_kernel
from beyond_blur.processes.noise import BatchNoise
from closed_chain import falling_spectrum, ratio, variance_of_samples

TIMES, WIDTH, K = even_times(30), 6.0, 30
LEVELS = torch.arange(K + 1)


def alphas(share, width=WIDTH):
    """alpha_t of all levels and modes of 16 x 16 pixels."""
    return BlurringDiffusion(TIMES, width, blur_share=share).signal_and_noise(LEVELS, 16, 16)[0]


def states(process):
    """Everything that a process draws."""
    images, k = torch.rand(3, 1, 8, 8, generator=torch.Generator().manual_seed(0)), 20
    batch = {"images": images}
    pair, prior = process.training_pair(batch, BatchNoise(1)), process.prior(batch, BatchNoise(2))
    steps = [process.reverse_step(0.9 * prior, prior, k, BatchNoise(3)) for k in (30, 2, 1)]
    jump = process.jump(0.9 * prior, prior, k, 4, BatchNoise(4))
    forward = process.forward(images, torch.tensor([0, 3, k]), BatchNoise(5))
    return [pair.x_k, pair.target, prior, *steps, jump, forward, process.guess(prior, prior, k)]


def test_share_1_is_the_papers_process_to_the_last_bit():
    widths = torch.tensor(blur_widths(TIMES, WIDTH), dtype=torch.float64)
    d = (1 - D_MIN) * heat_kernel(widths, 16, 16) + D_MIN
    signal = torch.tensor(amplitudes(TIMES)[0], dtype=torch.float64)
    assert torch.equal(alphas(1.0), signal[:, None, None] * d)


def test_share_0_is_the_process_without_blur_to_the_last_bit():
    """Which is DDPM with the cosine schedule, see test_reverse.py."""
    none, without = BlurringDiffusion(TIMES, WIDTH, blur_share=0.0), BlurringDiffusion(TIMES, 0.0)
    for ours, theirs in zip(states(none), states(without), strict=True):
        assert torch.equal(ours, theirs)


@pytest.mark.parametrize("share", [0.25, 0.7])
def test_log_signal_to_noise_lies_on_the_line_between_the_ends(share):
    """In every mode and at every level; the noise is that of both ends."""
    expected = (1 - share) * alphas(0.0).log() + share * alphas(1.0).log()
    torch.testing.assert_close(alphas(share).log(), expected, rtol=1e-12, atol=1e-12)
    sigmas = [
        BlurringDiffusion(TIMES, WIDTH, blur_share=b).signal_and_noise(LEVELS, 16, 16)[1]
        for b in (share, 1.0)
    ]
    assert torch.equal(*sigmas)


def test_a_smaller_width_is_another_knob():
    """It leaves the highest frequency as it was, of which half a share takes the root."""
    without, full = alphas(0.0)[-1, -1, -1], alphas(1.0)[-1, -1, -1]
    narrow, half = alphas(1.0, WIDTH / 2)[-1, -1, -1], alphas(0.5)[-1, -1, -1]
    assert float(full / without) == pytest.approx(D_MIN, rel=1e-9)
    assert float(narrow / without) == pytest.approx(D_MIN, rel=1e-9)
    assert float(half / without) == pytest.approx(D_MIN**0.5, rel=1e-9)


def test_all_shares_end_in_the_same_noise():
    """What is left of the data in x_K is under 0.7 % of its amplitude, whatever the share."""
    for share in (0.0, 0.5, 1.0):
        process = BlurringDiffusion(TIMES, WIDTH, blur_share=share)
        alpha, sigma = process.signal_and_noise(LEVELS[-1:], 16, 16)
        assert float(alpha.max()) < 0.007 and float(sigma) == pytest.approx(1, abs=3e-5)
        batch = {"images": torch.rand(2, 1, 8, 8)}
        assert torch.equal(
            process.prior(batch, BatchNoise(0)), BatchNoise(0).normal(torch.empty(2, 1, 8, 8))
        )


def test_less_blur_leaves_more_variance_and_gains_less():
    """Of Gaussian data through the process's own steps, between the two ends."""
    modes, shares = falling_spectrum(16, 0.5), (0.0, 0.25, 0.5, 0.75, 1.0)
    kept = [
        ratio(variance_of_samples(BlurringDiffusion(TIMES, WIDTH, blur_share=b), modes), modes)
        for b in shares
    ]
    assert kept == sorted(kept, reverse=True)
    assert kept[0] == ratio(variance_of_samples(BlurringDiffusion(TIMES, 0.0), modes), modes)
    gains = [worst_gain(TIMES, WIDTH, 16, blur_share=b) for b in shares]
    assert max(gains[:-1]) < 0.7 * gains[-1] and gains[-1] == worst_gain(TIMES, WIDTH, 16)
    assert gains[0] == pytest.approx(worst_gain(TIMES, 0.0, 16), rel=1e-12)


def test_the_configuration_gives_the_share_and_refuses_others():
    made = build(BlurringDiffusionOptions(n_steps=30, blur_share=0.5), Levels())
    assert made == BlurringDiffusion(TIMES, 20.0, blur_share=0.5)
    wrong = [{"kind": "blurring_diffusion", "blur_share": 1.5}]
    with pytest.raises(ConfigError, match=r"blur_share = 1\.5 must be at most 1"):
        load_experiment({"preset": "digits", "processes": wrong})
