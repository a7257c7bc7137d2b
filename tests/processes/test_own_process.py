"""The example of the docs, and every process of the package, through the unchanged loops."""

import dataclasses
import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch

from beyond_blur.config import Network, Training
from beyond_blur.config.noise_schedule import even_times
from beyond_blur.network.unet import UNet
from beyond_blur.processes.blurring_diffusion import BlurringDiffusion
from beyond_blur.processes.cold_diffusion import ColdDiffusion, HeatKernel
from beyond_blur.processes.ddpm import DDPM
from beyond_blur.processes.ddpm_samplers import DDIM
from beyond_blur.processes.ddpm_schedules import cosine_schedule, linear_schedule
from beyond_blur.processes.heat_dissipation import HeatDissipation
from beyond_blur.processes.noise import BatchNoise, SampleNoise
from beyond_blur.sampling import reverse
from beyond_blur.training import batches, loop
from beyond_blur.training.state import new_state

SPEC = Training(batch_size=16, learning_rate=4e-3, warmup=5, ema=0.9)
NET = Network(8, (1, 2), 1, (), 0.0)
WIDTHS = (0.0, *np.geomspace(0.5, 6, 8).tolist())
EXAMPLE = Path(__file__).parents[2] / "docs" / "own_process.py"


@pytest.fixture(scope="module")
def example():
    spec = importlib.util.spec_from_file_location("own_process", EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def digits():
    from sklearn.datasets import load_digits

    return torch.from_numpy(load_digits().images[:256, None] / 16).float()


def train_and_sample(process, digits, iterations):
    """A trained network, and eight samples of it."""
    spec = dataclasses.replace(SPEC, iterations=iterations)
    state = new_state(lambda: UNet(NET, 1), spec, "cpu")
    assert loop.train(state, process, {"images": digits}, spec)
    assert state.skipped == 0
    model = state.model.eval()
    batch, noise = {"images": digits[:8]}, SampleNoise(0, list(range(8)))
    return model, reverse.sample(process, model, batch, noise)


def check(samples):
    assert samples.shape == (8, 1, 8, 8) and samples.dtype == torch.float32
    assert torch.isfinite(samples).all()


def test_the_docs_example_trains_and_samples(example, digits):
    process = example.Pixelation()
    model, samples = train_and_sample(process, digits, 30)
    check(samples)
    pair = process.training_pair({"images": digits}, BatchNoise(0))
    with torch.inference_mode():
        left = (model(pair.x_k, pair.k) - pair.target).square().mean()
    assert left < 0.9 * pair.target.square().mean()  # where it started: the last layer is zero


def test_the_docs_example_is_short_and_right(example, digits, noise):
    process = example.Pixelation(sigma=0.0)
    x_k = process.forward(digits[:4], torch.tensor([0, 1, 2, 3]), noise)
    torch.testing.assert_close(x_k[0], digits[0])
    assert [len(np.unique(x)) for x in x_k[1:]] <= [16, 4, 1]
    torch.testing.assert_close(x_k.sum((1, 2, 3)), digits[:4].sum((1, 2, 3)))
    body = EXAMPLE.read_text().split("@dataclass")[1].splitlines()
    code = [line for line in body if line.strip() and '"""' not in line]
    assert len(code) <= 30


@pytest.mark.parametrize("process", [
    HeatDissipation(WIDTHS), DDPM(linear_schedule(21)), DDPM(cosine_schedule(10), DDIM()),
    BlurringDiffusion(even_times(10), 2.0), ColdDiffusion(HeatKernel(WIDTHS)),
    ColdDiffusion(HeatKernel(WIDTHS), 1, "soft", sigma=0.01, delta=0.01),
], ids=lambda p: type(p).__name__)  # fmt: skip
def test_every_process_trains_and_samples(process, digits):
    check(train_and_sample(process, digits, 3)[1])


@pytest.mark.parametrize(("loss", "power"), [("l1", 1), ("squared", 2)])
def test_training_takes_the_loss_that_a_process_brings(digits, loss, power):
    """The untrained network answers 0, so that the first loss is the norm of the image itself."""
    spec = dataclasses.replace(SPEC, iterations=1)
    state, reports = new_state(lambda: UNet(NET, 1), spec, "cpu"), []
    process = ColdDiffusion(HeatKernel(WIDTHS), loss=loss)
    loop.train(state, process, {"images": digits}, spec, report=reports.append)
    rows = batches.rows_of_step(len(digits), spec.batch_size, 0, spec.seed)
    expected = digits[rows].pow(power).sum((1, 2, 3))
    torch.testing.assert_close(reports[0].loss_per_row, expected)


@pytest.mark.parametrize("process", [DDPM(linear_schedule(40)), BlurringDiffusion(even_times(10)),
                                     HeatDissipation(WIDTHS)])  # fmt: skip
def test_a_sample_does_not_depend_on_its_batch(process, digits):
    def model(x, k):
        return 0.1 * torch.tanh(x)

    def draw(rows):
        return reverse.sample(process, model, {"images": digits[rows]}, SampleNoise(3, rows))

    torch.testing.assert_close(draw([0, 1, 2, 3])[2:], draw([2, 3]), rtol=0, atol=1e-5)
