"""IHDM with a flow's noise: IHDM itself without a flow, and else noise of the known spectrum."""

import pytest
import torch

from beyond_blur.config import (
    ConfigError,
    Levels,
    Velocity,
    load_experiment,
)
from beyond_blur.config.blur_widths import blur_widths
from beyond_blur.lbm.background_theory import background_noise
from beyond_blur.processes.coloured_heat_dissipation import ColouredHeatDissipation
from beyond_blur.processes.dct import dct2
from beyond_blur.processes.heat_dissipation import HeatDissipation
from beyond_blur.processes.noise import BatchNoise

WIDTHS = tuple(blur_widths(Levels(n_levels=6, sigma_min=0.4, sigma_max=8.0)).tolist())
FLOW = Velocity(speed_limit=0.05)
SHAPE = (8, 12)


def noisy(peclet, sigma=0.0):
    return ColouredHeatDissipation(
        WIDTHS, sigma=sigma, delta=0.02, peclet=peclet, velocity=FLOW, background=9.5
    )


def states(process):
    """Everything that a process draws."""
    images = torch.rand(4, 3, *SHAPE, generator=torch.Generator().manual_seed(0))
    batch, k = {"images": images}, torch.tensor([0, 1, 3, 6])
    pair = process.training_pair(batch, BatchNoise(1))
    prior = process.prior(batch, BatchNoise(2))
    steps = [process.reverse_step(prior, prior, k, BatchNoise(3)) for k in (6, 2, 1)]
    forward = process.forward(images, k, BatchNoise(5))
    return [pair.x_k, pair.target, pair.k, prior, *steps, forward]


def test_peclet_number_0_is_ihdm_to_the_last_bit():
    ours, usual = noisy(0.0, sigma=0.01), HeatDissipation(WIDTHS, sigma=0.01, delta=0.02)
    for a, b in zip(states(ours), states(usual), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("k", [1, 4, 6])
def test_a_state_is_the_blurred_image_and_noise_of_the_flows_spectrum(k):
    """4,000 draws: the variance of a mode scatters by sqrt(2 / 4000) = 2.2 %."""
    n, process = 4000, noisy(0.06)
    images = torch.zeros(n, 1, *SHAPE, dtype=torch.float64)
    drawn = dct2(process.forward(images, torch.full((n,), k), BatchNoise(0)))[:, 0]
    wanted = torch.from_numpy(background_noise(SHAPE, WIDTHS, 0.06, FLOW, 9.5).spread[k])
    torch.testing.assert_close(drawn.square().mean(0), wanted.square(), rtol=0.12, atol=1e-12)


def test_the_levels_of_a_pair_share_what_those_of_one_flow_share():
    n, process = 4000, noisy(0.06)
    images = torch.zeros(n, 1, *SHAPE, dtype=torch.float64)
    pair = process.training_pair({"images": images}, BatchNoise(0))
    found = background_noise(SHAPE, WIDTHS, 0.06, FLOW, 9.5)
    here, below = dct2(pair.x_k)[:, 0], dct2(pair.x_k + pair.target)[:, 0]
    for k in (2, 6):
        one, other = (x[pair.k == k][:, 1, 2] for x in (here, below))
        product = torch.tensor(found.spread[k, 1, 2] * found.spread[k - 1, 1, 2])
        wanted = product * found.likeness[k, 1, 2]
        torch.testing.assert_close((one * other).mean(), wanted, rtol=0.2, atol=0)
    assert (below[pair.k == 1].abs() < 1e-12).all(), "level 0 is the clean image"


def test_channels_share_their_noise_as_they_share_a_flow():
    images = torch.zeros(2, 3, *SHAPE)
    state = noisy(0.1).forward(images, torch.tensor([3, 6]), BatchNoise(0))
    assert torch.equal(state[:, 0], state[:, 1]) and torch.equal(state[:, 0], state[:, 2])
    assert not torch.equal(state[0], state[1])


@pytest.mark.parametrize(
    "velocity", [{"divergence_free": True}, {"flow": "vortex"}, {"basis": "walls"}]
)
def test_flows_that_stir_up_no_background_are_refused_before_any_work(velocity):
    entry = {"kind": "coloured_heat_dissipation", "peclet": 0.1, "velocity": velocity}
    with pytest.raises(ConfigError, match="stirs up no background; take flow: turbulence"):
        load_experiment({"preset": "tiny", "processes": [entry]})
