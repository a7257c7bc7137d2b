"""Samples between two samples: states on a line, noise on an arc, the ends themselves."""

import pytest
import torch

from beyond_blur import config
from beyond_blur.config import Levels
from beyond_blur.processes import AdvectionDiffusion, build
from beyond_blur.processes.noise import SampleNoise
from beyond_blur.sampling import reverse
from beyond_blur.sampling.interpolation import SlerpNoise, between, slerp
from lively import draw, lively

LEVELS = Levels(n_levels=4, sigma_min=0.5, sigma_max=4.0)


@pytest.mark.parametrize("process", [
    AdvectionDiffusion(4, sigma=0.1, delta=0.2), build(config.DDPMOptions(n_steps=25), LEVELS, 0.0),
    build(config.BlurringDiffusionOptions(n_steps=4), LEVELS, 0.0),
], ids=lambda p: type(p).__name__)  # fmt: skip
def test_the_ends_of_an_interpolation_are_the_end_samples(source, process):
    source = {**source, "images": source["terminal"]}
    batch, noise = between(source, (1, 4), 7, (0, 3), 5)
    path = reverse.sample(process, lively, batch, noise)
    ends = draw(source, [1, 4], [0, 3], process)
    assert torch.equal(path[0], ends[0]) and torch.equal(path[-1], ends[1])
    assert len({float(x.sum()) for x in path}) == 5


def test_between_ends_with_the_same_noise_only_the_state_moves(source):
    batch, noise = between(source, (1, 4), 7, (3, 3), 3)
    middle = (source["terminal"][1] + source["terminal"][4]) / 2
    torch.testing.assert_close(batch["terminal"][1], middle)
    drawn = noise.normal(torch.zeros(3, 1, 8, 8))
    expected = SampleNoise(7, [3]).normal(torch.zeros(1, 1, 8, 8))
    torch.testing.assert_close(drawn, expected.expand(3, -1, -1, -1))


def test_spherical_interpolation_keeps_unit_variance_and_linear_does_not():
    noise = SlerpNoise(0, 1, 2, torch.linspace(0, 1, 5))
    drawn = torch.stack([noise.normal(torch.zeros(5, 3, 64, 64)) for _ in range(4)], 1).flatten(1)
    assert drawn.mean(1).abs().max() < 0.02
    assert (drawn.var(1) - 1).abs().max() < 0.02
    assert float(((drawn[0] + drawn[-1]) / 2).var()) == pytest.approx(0.5, rel=0.05)


def test_slerp_turns_evenly_and_takes_parallel_ends():
    a, b = torch.tensor([2.0, 0.0]), torch.tensor([0.0, 2.0])
    path = slerp(a, b, torch.linspace(0, 1, 4))
    angles = torch.atan2(path[:, 1], path[:, 0])
    torch.testing.assert_close(angles, torch.linspace(0, torch.pi / 2, 4))
    torch.testing.assert_close(path.norm(dim=1), torch.full((4,), 2.0))
    torch.testing.assert_close(slerp(a, 2 * a, torch.tensor([0.5])), 1.5 * a[None])


def test_what_cannot_be_interpolated_is_refused(source):
    with pytest.raises(ValueError, match="interpolation over 1 samples: at least 2"):
        between(source, (0, 1), 0, (0, 1), 1)
    noise = SlerpNoise(0, 0, 1, torch.linspace(0, 1, 3))
    with pytest.raises(ValueError, match="whole numbers cannot be interpolated"):
        noise.integers(0, 9, 3)
    with pytest.raises(ValueError, match="2 rows for noise at 3 weights"):
        noise.normal(torch.zeros(2, 1, 4, 4))
