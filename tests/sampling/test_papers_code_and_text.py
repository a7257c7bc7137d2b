"""Where the papers' code and text differ, both are to be had: prior noise, last noise, level K."""

import numpy as np
import pytest
import torch

from beyond_blur import config
from beyond_blur.config import Corruption, Levels, load_experiment
from beyond_blur.config.blur_widths import blur_widths
from beyond_blur.config.level_checks import last_trained
from beyond_blur.corruption.backend import choose
from beyond_blur.corruption.pairs import draw_pairs
from beyond_blur.lbm.trajectory import Trajectory
from beyond_blur.processes import build
from beyond_blur.processes.cold_diffusion import ColdDiffusion, HeatKernel
from beyond_blur.processes.heat_dissipation import HeatDissipation
from beyond_blur.processes.noise import BatchNoise

LEVELS = Levels(n_levels=4, sigma_min=0.5, sigma_max=4.0)
SPECS = [
    config.AdvectionDiffusionOptions(),
    config.HeatDissipationOptions(),
    config.DDPMOptions(n_steps=25),
    config.BlurringDiffusionOptions(n_steps=4),
    config.ColdDiffusionOptions(),
]


def kind(spec):
    return spec.kind


def batch_of(images):
    return {"images": images, "terminal": images}


@pytest.mark.parametrize("spec", SPECS, ids=kind)
def test_the_last_step_returns_the_mean_unless_it_is_to_add_noise(spec):
    x = torch.rand(2, 1, 8, 8)
    for last_noise in (False, True):
        process = build(spec, LEVELS, 0.1, last_noise=last_noise)
        ends = [process.reverse_step(0.1 * x, x, 1, BatchNoise(seed)) for seed in (1, 2)]
        # Cold Diffusion adds noise in no step, so not in the last one either.
        assert torch.equal(*ends) == (not last_noise or spec.kind == "cold_diffusion")


@pytest.mark.parametrize("last_noise", [False, True])
def test_noise_on_the_last_step_has_the_size_delta(last_noise):
    x = torch.zeros(2, 1, 64, 64)
    for spec in SPECS[:2]:
        process = build(spec, LEVELS, 0.1, last_noise=last_noise)
        step = process.reverse_step(x, x, 1, BatchNoise(0))
        assert float(step.std()) == pytest.approx(0.1 * last_noise, rel=0.05)


@pytest.mark.parametrize("spec", SPECS[:2], ids=kind)
def test_the_prior_carries_the_noise_of_training_unless_told_not_to(spec):
    images = torch.full((2, 1, 64, 64), 0.5)
    noisy, clean = (
        build(spec, LEVELS, 0.1, prior_noise=given).prior(batch_of(images), BatchNoise(0))
        for given in (True, False)
    )
    torch.testing.assert_close(clean, images)
    torch.testing.assert_close(noisy, images + spec.noise * BatchNoise(0).normal(images))


@pytest.mark.parametrize("spec", SPECS[2:], ids=kind)
def test_prior_noise_is_only_about_the_noise_of_training(spec):
    """DDPM's and Blurring Diffusion's prior is noise; Cold Diffusion trains with none."""
    images = torch.rand(2, 1, 8, 8)
    priors = [
        build(spec, LEVELS, 0.1, prior_noise=given).prior(batch_of(images), BatchNoise(0))
        for given in (True, False)
    ]
    assert torch.equal(*priors)


@pytest.mark.parametrize(
    "make", [HeatDissipation, lambda w, **o: ColdDiffusion(HeatKernel(w), **o)]
)
def test_level_K_is_trained_unless_it_is_left_out(make):
    widths, images = (0.0, 1.0, 2.0, 3.0), torch.rand(300, 1, 8, 8)
    for trained, levels in ((True, {1, 2, 3}), (False, {1, 2})):
        process = make(widths, train_last_level=trained)
        pair = process.training_pair({"images": images}, BatchNoise(0))
        assert set(pair.k.tolist()) == levels


def test_cached_pairs_leave_level_K_out_where_told_to():
    trajectory, images = Trajectory(tuple(blur_widths(LEVELS))), np.zeros((40, 1, 8, 8))
    options = Corruption(backend="reference")
    backend = choose(options, trajectory, (1, 8, 8))
    for trained, levels in ((True, {1, 2, 3, 4}), (False, {1, 2, 3})):
        pairs = draw_pairs(
            images, np.arange(40), trajectory, options, backend,
            last_level=last_trained(4, trained),
        )  # fmt: skip
        assert set(pairs["k"].tolist()) == levels
    usual = draw_pairs(images, np.arange(40), trajectory, options, backend)
    assert set(usual["k"].tolist()) == {1, 2, 3, 4}


OWN = {"kind": "own", "file": __file__, "class_name": "Own"}


@pytest.mark.parametrize(("changes", "message"), [
    ({"sampling": {"steps": 5}}, r"sampling\.steps = 5 is more than the 4 levels of process adv"),
    ({"levels": {"n_levels": 1, "train_last_level": False}}, r"leaves none of 1 levels to train"),
    ({"processes": [OWN], "sampling": {"last_noise": True}}, r"sampling\.last_noise = true does n"),
    ({"processes": [OWN], "sampling": {"prior_noise": False}}, r"prior_noise = false does not rea"),
])  # fmt: skip
def test_options_that_could_have_no_effect_are_refused(changes, message):
    with pytest.raises(config.ConfigError, match=message):
        load_experiment({"preset": "tiny", **changes})
