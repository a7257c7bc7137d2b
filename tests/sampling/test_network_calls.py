"""Sampling with fewer network calls than a process has levels."""

import itertools

import pytest
import torch

from beyond_blur.processes import AdvectionDiffusion
from beyond_blur.processes.noise import SampleNoise
from beyond_blur.sampling import reverse


@pytest.fixture
def states():
    """Five states of three images."""
    return torch.rand(5, 3, 1, 8, 8, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("n_levels", [1, 2, 7, 30, 200])
def test_strided_levels_are_spread_evenly_and_never_repeat(n_levels):
    for steps in range(1, n_levels + 1):
        levels = reverse.strided_levels(n_levels, steps)
        gaps = [k - j for k, j in itertools.pairwise(levels)]
        assert (levels[0], levels[-1], len(gaps)) == (n_levels, 0, steps)
        assert {n_levels // steps, -(-n_levels // steps)} >= set(gaps)
    assert reverse.strided_levels(n_levels) == list(range(n_levels, -1, -1))


@pytest.mark.parametrize("steps", [0, 5])
def test_more_calls_than_levels_are_refused(states, steps):
    batch, noise = {"terminal": states[4]}, SampleNoise(0, [0, 1, 2])
    with pytest.raises(ValueError, match=rf"sampling\.steps = {steps}: this process has 4 levels"):
        reverse.sample(AdvectionDiffusion(4), lambda x, k: 0 * x, batch, noise, steps)


def test_an_own_process_without_jumps_is_told_which_option_asks_for_them(states):
    class Own:
        n_steps = 4
        prior, reverse_step, to_image = (
            getattr(AdvectionDiffusion(4), name) for name in ("prior", "reverse_step", "to_image")
        )

    batch = {"terminal": states[4]}
    for steps in (None, 4):  # every level: nothing to jump over
        reverse.sample(Own(), lambda x, k: 0 * x, batch, SampleNoise(0, [0, 1, 2]), steps)
    with pytest.raises(ValueError, match=r"sampling\.steps leaves levels out, but Own has no mem"):
        reverse.sample(Own(), lambda x, k: 0 * x, batch, SampleNoise(0, [0, 1, 2]), 2)


def test_the_network_is_called_once_per_step_at_the_strided_levels(states):
    asked = []

    def model(x, k):
        asked.append(int(k[0]))
        return 0 * x

    process = AdvectionDiffusion(4, blur_widths=(0.0, 1.0, 2.0, 3.0, 4.0))
    reverse.sample(process, model, {"terminal": states[4]}, SampleNoise(0, [0, 1, 2]), 2)
    assert asked == [4, 2]
