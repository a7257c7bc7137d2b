"""Tables of levels hold what each level alone gives, in float64."""

import numpy as np
import pytest
import torch

from beyond_blur.config import load_experiment
from beyond_blur.config.blur_widths import blur_widths
from beyond_blur.config.noise_schedule import even_times, log_snr
from beyond_blur.processes import level_tables
from beyond_blur.processes.blurring_diffusion import BlurringDiffusion
from beyond_blur.processes.dct import blur, heat_kernel

CPU = torch.device("cpu")


@pytest.fixture(params=["digits", "cifar10", "ffhq128"])
def widths(request):
    levels = load_experiment({"preset": request.param, "dataset": {"kind": "digits"}}).levels
    return tuple(blur_widths(levels).tolist())


@pytest.fixture
def k(widths):
    return torch.randint(len(widths), (37,), generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize(("h", "w"), [(8, 8), (13, 32)])
def test_the_kernel_of_a_level_is_that_of_its_width(widths, k, h, w):
    """In all its digits: in float32 the widths alone are off by 3e-8, modes of them by 1e-6."""
    kept = level_tables.at_levels(level_tables.decays(widths, h, w, CPU), k)
    assert torch.equal(kept, heat_kernel(torch.tensor(widths, dtype=torch.float64)[k], h, w))


def test_a_blur_to_a_level_is_the_blur_by_its_width(widths, k):
    generator = torch.Generator().manual_seed(2)
    images = torch.rand(37, 3, 8, 8, generator=generator, dtype=torch.float64)
    expected = blur(images, torch.tensor(widths, dtype=torch.float64)[k])
    for one, bar in ((images, 0), (images.float(), 1e-6)):
        blurred = level_tables.blur_to_levels(one, widths, k)
        torch.testing.assert_close(blurred.double(), expected, rtol=0, atol=bar)


@pytest.mark.parametrize("n_steps", [60, 1000])
def test_blurring_diffusion_has_the_amplitudes_of_each_time_alone(n_steps):
    process = BlurringDiffusion(even_times(n_steps), 4.0)
    k = torch.randint(n_steps + 1, (29,), generator=torch.Generator().manual_seed(3))
    alpha, sigma = process.signal_and_noise(k, 8, 6)
    t = np.array(process.times)[k.numpy()]
    snr = torch.tensor([log_snr(float(time)) for time in t], dtype=torch.float64)
    width = torch.from_numpy(4.0 * np.sin(0.5 * np.pi * t) ** 2)
    damping = (1 - process.d_min) * heat_kernel(width, 8, 6) + process.d_min
    expected = torch.sigmoid(snr).sqrt()[:, None, None] * damping
    # torch's sigmoid rounds by the place in its vector: the last of 53 bits is left open.
    torch.testing.assert_close(alpha, expected, rtol=1e-15, atol=0)
    torch.testing.assert_close(sigma, torch.sigmoid(-snr).sqrt(), rtol=1e-15, atol=0)
    assert torch.equal(alpha.float(), expected.float())


def test_a_table_made_while_sampling_serves_training():
    level_tables.table.cache_clear()
    with torch.inference_mode():
        level_tables.table((1.0, 2.0), CPU)
    weight = torch.ones(2, dtype=torch.float64, requires_grad=True)
    (weight * level_tables.table((1.0, 2.0), CPU)).sum().backward()
    assert weight.grad.tolist() == [1.0, 2.0]
