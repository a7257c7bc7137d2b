"""A process makes itself from its options; a new kind is its class, its options and one line."""

import dataclasses
import importlib
import sys
import types
from typing import ClassVar

import numpy as np
import pytest
import torch

from beyond_blur.config import (
    PROCESS_SPECS,
    Corruption,
    Levels,
    Network,
    OptionsOfKind,
    Sampling,
    read_process,
)
from beyond_blur.config.noise_schedule import linear_betas, linear_problem
from beyond_blur.network.unet import UNet
from beyond_blur.processes import (
    Guessing,
    Jumping,
    OwnLoss,
    TrainingPair,
    WithNoiseFloor,
    build,
)
from beyond_blur.processes.noise import BatchNoise
from beyond_blur.sampling.drawing import draw, predictor_for
from beyond_blur.sampling.priors import Prior
from beyond_blur.storage.unfinished import FinishedBatches

LEVELS = Levels(n_levels=4, sigma_min=0.5, sigma_max=4.0)
BUILT_IN = [kind for kind in PROCESS_SPECS if kind != "own"]


def test_every_kind_of_the_union_has_an_implementation_of_its_own():
    named = [options.implementation for options in PROCESS_SPECS.values()]
    assert len(set(named)) == len(PROCESS_SPECS)


@pytest.mark.parametrize("kind", BUILT_IN)
def test_options_become_the_class_that_the_registry_names(kind):
    options = read_process({"kind": kind})
    module, _, name = options.implementation.partition(":")
    assert type(build(options, LEVELS)) is getattr(importlib.import_module(module), name)


@pytest.mark.parametrize("kind", BUILT_IN)
def test_every_option_of_the_sampler_reaches_the_process_that_has_it(kind):
    options = read_process({"kind": kind})
    process = build(options, LEVELS, 0.3, prior_noise=False, last_noise=True, delta_spectrum=1.5)
    assert getattr(process, "last_noise", True)
    if kind in ("advection_diffusion", "heat_dissipation"):
        assert (process.delta, process.delta_spectrum, process.prior_noise) == (0.3, 1.5, False)
        np.testing.assert_allclose(process.blur_widths, [0, 0.5, 1, 2, 4])


def test_options_of_a_kind_reach_its_process():
    ddpm = build(read_process({"kind": "ddpm", "schedule": "given", "given": [0.5, 0.1],
                               "sampler": "ddim", "eta": 0.5, "clip": False}), LEVELS)  # fmt: skip
    assert ddpm.alphas_cumprod == (1.0, 0.5, 0.1)
    assert (ddpm.sampler.eta, ddpm.sampler.clip) == (0.5, False)
    small = build(read_process({"kind": "ddpm", "n_steps": 30, "variance": "fixed_small"}), LEVELS)
    assert (small.n_steps, small.sampler.variance) == (30, "fixed_small")
    blurring = {"kind": "blurring_diffusion", "given": [0.5, 1.0], "blur_width_max": 3.0}
    made = build(read_process(blurring), LEVELS)
    assert (made.times, made.blur_width_max) == ((0.0, 0.5, 1.0), 3.0)
    cold = {"kind": "cold_diffusion", "algorithm": 1, "loss": "soft", "noise": 0.2}
    made = build(read_process(cold), dataclasses.replace(LEVELS, train_last_level=False))
    assert (made.algorithm, made.loss, made.sigma) == (1, "soft", 0.2)
    assert (made.n_steps, made.train_last_level) == (4, False)


def test_only_a_corruption_gives_advection_diffusion_its_forward_marginal():
    options, x = (
        read_process({"kind": "advection_diffusion", "peclet": 0.1}),
        torch.rand(2, 1, 8, 8),
    )
    k = torch.tensor([0, 2])
    with pytest.raises(ValueError, match="has no solver: build it with a corruption"):
        build(options, LEVELS).forward(x, k, BatchNoise(0))
    process = build(options, LEVELS, corruption=Corruption(backend="reference"))
    torch.testing.assert_close(process.forward(x, k, BatchNoise(0))[0], x[0], rtol=0, atol=1e-5)


def test_optional_members_are_protocols_of_their_own():
    optional = (OwnLoss, Guessing, WithNoiseFloor, Jumping)
    of_the_papers = "advection_diffusion heat_dissipation ddpm blurring_diffusion cold_diffusion"
    for kind in of_the_papers.split():
        process = build(read_process({"kind": kind}), LEVELS)
        has = [isinstance(process, protocol) for protocol in optional]
        assert has == [kind == "cold_diffusion", True, True, True]
    assert not any(isinstance(Fade(), protocol) for protocol in optional)


def test_the_linear_schedule_needs_21_steps_for_configuration_and_process_alike():
    assert linear_betas(1000) == (1e-4, 0.02)
    assert [linear_problem(n) is None for n in (1, 20, 21, 1000)] == [False, False, True, True]


# --- a new kind, as one would add it to the package -----------------------------------------------


@dataclasses.dataclass(frozen=True)
class FadeOptions(OptionsOfKind):
    """What a file of options would gain."""

    implementation: ClassVar[str] = "fade_process:Fade"
    trains_on: ClassVar[str] = "images"
    starts_from: ClassVar[str] = "images"

    kind: str = "fade"
    name: str = "fade"
    floor: float = 0.5


@dataclasses.dataclass(frozen=True)
class Fade:
    """What a file of its own would hold: level k is the image faded towards grey."""

    n_steps: int = 4
    floor: float = 0.5

    @classmethod
    def from_options(cls, options, levels, context):
        return cls(levels.n_levels, options.floor)

    def forward(self, images, k, noise):
        share = (k / self.n_steps)[:, None, None, None]
        return (1 - share) * images + share * self.floor

    def training_pair(self, batch, noise):
        k = noise.integers(1, self.n_steps, len(batch["images"]))
        return TrainingPair(self.forward(batch["images"], k, noise), k, batch["images"])

    def prior(self, batch, noise):
        levels = torch.full((len(batch["images"]),), self.n_steps)
        return self.forward(batch["images"], levels, noise)

    def reverse_step(self, prediction, x_k, k, noise):
        return x_k + (prediction - x_k) / k

    def to_image(self, x_0):
        return x_0


@pytest.fixture
def fade(monkeypatch):
    """The process's file and its options, which name the class; the union would be one line."""
    file = types.ModuleType("fade_process")
    file.Fade = Fade
    monkeypatch.setitem(sys.modules, "fade_process", file)
    return FadeOptions(floor=0.25)


def test_a_new_kind_is_built_and_sampled_by_the_class_its_options_name(fade, tmp_path):
    assert build(fade, LEVELS) == Fade(4, 0.25)
    torch.manual_seed(0)
    network = UNet(Network(8, (1, 2), 1, (), 0.0), 1).eval()  # answers 0: the image fades to black
    images = torch.randint(0, 256, (5, 1, 8, 8), dtype=torch.uint8)
    sampling = Sampling(n_samples=7, delta=0.0, batch_size=3)
    job = types.SimpleNamespace(name="fade", process=fade, levels=LEVELS, sampling=sampling)
    prior, finished = (
        Prior({"images": images}, np.arange(5), "x", {}),
        FinishedBatches(tmp_path / "out", ["fade"]),
    )
    drawn = draw(job, predictor_for(job, network, 7), prior, 0, finished)
    assert set(drawn) == {"samples", "prior", "source"}  # it does not guess
    assert (drawn["prior"] == 64).all() and drawn["prior"].shape == (7, 1, 8, 8)
    assert (drawn["samples"] == 0).all()
    assert len(list((tmp_path / "out.parts").iterdir())) == 3
