"""Samples that share their noise or their start, and the states on their way back."""

import pytest
import torch

from beyond_blur import config
from beyond_blur.config import Levels
from beyond_blur.processes import AdvectionDiffusion, build
from beyond_blur.processes.noise import SampleNoise
from beyond_blur.sampling import reverse
from lively import draw, lively

LEVELS = Levels(n_levels=4, sigma_min=0.5, sigma_max=4.0)


def test_shared_noise_leaves_only_the_initial_states_to_differ(source):
    drawn = draw(source, [2, 2, 3], [5, 5, 5])
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])
    assert torch.equal(drawn[2:], draw(source, [3], [5]))  # the sample of that number and row


@pytest.mark.parametrize("process", [
    AdvectionDiffusion(4, sigma=0.1, delta=0.2), build(config.DDPMOptions(n_steps=25), LEVELS, 0.0),
], ids=lambda p: type(p).__name__)  # fmt: skip
def test_a_shared_state_leaves_only_the_noise_of_the_steps_to_differ(source, process):
    def states(shared_state):
        batch = dict.fromkeys(("terminal", "images"), source["terminal"][:3])
        noise, levels = SampleNoise(0, [0, 1, 2]), [process.n_steps, 0]
        x_K = reverse.initial_states(process, batch, noise, shared=shared_state)
        return reverse.trajectory(process, lively, x_K, noise, levels).unbind(1)

    start, end = states(True)
    assert torch.equal(start, start[:1].expand(3, -1, -1, -1))
    assert len(end.unique(dim=0)) == 3
    apart, each = states(False)
    assert len(apart.unique(dim=0)) == 3
    assert torch.equal(start[0], apart[0]) and torch.equal(end[0], each[0])


def test_a_trajectory_holds_the_states_on_the_way(source):
    process = AdvectionDiffusion(4, blur_widths=(0.0, 1.0, 2.0, 3.0, 4.0))
    batch = {"terminal": source["terminal"][:3]}

    def noise():
        return SampleNoise(0, [0, 1, 2])

    x_K = reverse.initial_states(process, batch, before := noise())
    shown = reverse.trajectory(process, lively, x_K, before, [4, 2, 0], steps=2)
    assert shown.shape == (3, 3, 1, 8, 8)
    assert torch.equal(shown[:, 0], process.prior(batch, noise()))
    assert torch.equal(shown[:, 2], reverse.sample(process, lively, batch, noise(), 2))
    with pytest.raises(ValueError, match=r"with steps = 2 never visits levels \[1, 3\]"):
        reverse.trajectory(process, lively, x_K, noise(), [3, 1], steps=2)
