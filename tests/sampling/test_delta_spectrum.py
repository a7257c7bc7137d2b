"""The colour of the sampler's noise: white as before, or with a spectrum that samples show."""

from dataclasses import replace

import pytest
import torch

from beyond_blur import config
from beyond_blur.config import ConfigError, load_experiment, rule_specs, slug
from beyond_blur.config.blur_widths import blur_widths
from beyond_blur.config.options import Levels
from beyond_blur.config.unit_variance import PIXEL_VARIANCE, unit_delta
from beyond_blur.config.warnings import warnings
from beyond_blur.processes import build
from beyond_blur.processes.advection_diffusion import AdvectionDiffusion
from beyond_blur.processes.coloured_noise import power_law
from beyond_blur.processes.heat_dissipation import HeatDissipation
from beyond_blur.processes.noise import BatchNoise
from closed_chain import falling_spectrum, ratio, variance_of_samples
from untrained_networks import explore

LEVELS = Levels(n_levels=12, sigma_min=0.3, sigma_max=6.0)
IHDM = HeatDissipation(tuple(blur_widths(LEVELS).tolist()), sigma=0.02, delta=0.03)
MODES = falling_spectrum(8, PIXEL_VARIANCE)
BOTH = (config.HeatDissipationOptions(), config.AdvectionDiffusionOptions())


@pytest.mark.parametrize("options", BOTH, ids=lambda options: options.kind)
def test_exponent_0_is_white_noise_to_the_last_bit(options):
    white, x = build(options, LEVELS, 0.1, delta_spectrum=0.0), torch.rand(2, 3, 8, 8)
    expected = x + 0.5 * x + 0.1 * BatchNoise(0).normal(x)
    assert torch.equal(white.reverse_step(0.5 * x, x, 5, BatchNoise(0)), expected)


@pytest.mark.parametrize("exponent", [2.0, 0.5, -1.0])
def test_what_delta_adds_to_a_mode_is_that_of_white_noise_times_the_spectrum(exponent):
    """s_{k-1} = G_k^2 s_k + delta^2 S: linear in S, mode by mode, through all levels."""
    coloured, white, none = (
        variance_of_samples(replace(IHDM, **changed), MODES)
        for changed in ({"delta_spectrum": exponent}, {}, {"delta": 0.0})
    )
    expected = power_law(8, 8, exponent) * (white - none)
    torch.testing.assert_close(coloured - none, expected, rtol=1e-9, atol=0)


def test_a_step_adds_as_much_in_the_mean_whatever_its_colour():
    zero = torch.zeros(400, 1, 8, 8)
    for exponent in (-1.0, 0.0, 2.0):
        step = replace(IHDM, delta_spectrum=exponent).reverse_step(zero, zero, 5, BatchNoise(1))
        assert float(step.square().mean()) == pytest.approx(0.03**2, rel=0.06)


def test_both_processes_add_the_same_noise():
    flow = AdvectionDiffusion(12, 0.02, 0.03, delta_spectrum=2.0)
    heat, x = replace(IHDM, delta_spectrum=2.0), torch.rand(2, 1, 8, 8)
    steps = [process.reverse_step(x, x, 5, BatchNoise(2)) for process in (flow, heat)]
    assert torch.equal(*steps)
    assert torch.equal(*(p.reverse_step(x, x, 1, BatchNoise(s)) for p, s in ((flow, 3), (heat, 4))))


@pytest.mark.parametrize("exponent", [2.0, -1.0])
def test_auto_is_the_delta_of_the_noise_that_is_added(exponent):
    delta = unit_delta(LEVELS, 0.02, 8, exponent)
    chain = replace(IHDM, delta=delta, delta_spectrum=exponent)
    assert ratio(variance_of_samples(chain, MODES), MODES) == pytest.approx(1, abs=1e-5)
    assert ratio(variance_of_samples(replace(chain, delta_spectrum=0.0), MODES), MODES) != (
        pytest.approx(1, abs=0.01)
    )


ALL = [{"kind": kind} for kind in config.PROCESS_SPECS if kind != "own"]


def experiment(**sampling):
    return load_experiment({"preset": "digits", "processes": ALL, "sampling": sampling})


@pytest.mark.parametrize("delta", [0.02, "auto"])
def test_jobs_differ_of_processes_that_add_such_noise_and_of_no_others(delta):
    usual, changed = experiment(delta=delta), experiment(delta=delta, delta_spectrum=1.0)
    for process in usual.processes:
        name, reached = slug(process), "delta_spectrum" in process.sampling_effects
        for job in (rule_specs.sampling_spec, rule_specs.trajectory_spec):
            assert (job(usual, name) != job(changed, name)) == reached
        assert rule_specs.sampling_spec(changed, name).sampling.delta_spectrum == float(reached)
        jobs = [rule_specs.training_spec(made, name) for made in (usual, changed)]
        assert rule_specs.lasting(jobs[0]) == rule_specs.lasting(jobs[1])


@pytest.mark.parametrize(
    ("sampling", "line"),
    [
        ({"delta": 0.0, "delta_spectrum": 2.0}, "sampling.delta_spectrum = 2 with sampling.delta"),
        ({"delta_spectrum": 5.0}, "sampling.delta_spectrum = 5"),
        ({"delta_spectrum": "2e0"}, "sampling.delta_spectrum = '2e0'"),
    ],
)
def test_a_wrong_colour_is_refused_with_its_key(sampling, line):
    with pytest.raises(ConfigError) as refused:
        experiment(**sampling)
    assert line in str(refused.value) and "\n" not in str(refused.value)


def test_a_colour_that_no_process_feels_is_warned_of():
    values = {"preset": "digits", "sampling": {"delta_spectrum": 2.0}}
    for kind, said in [("ddpm", 1), ("heat_dissipation", 0)]:
        lines = warnings(load_experiment({**values, "processes": [{"kind": kind}]}))
        assert sum("sampling.delta_spectrum = 2 changes none" in line for line in lines) == said


def test_by_hand_the_colour_changes_the_samples_and_0_does_not(folder):
    def shown(*options):
        images, manifest = explore(folder, "heat_dissipation", "images.npz", *options)
        return images, manifest["spec"]["sampling"]["delta_spectrum"]

    usual, white, red = (
        shown("--delta", 0.2, *more)
        for more in ([], ["--delta-spectrum", 0], ["--delta-spectrum", 2])
    )
    assert (usual[1], white[1], red[1]) == (0.0, 0.0, 2.0)
    assert (usual[0] == white[0]).all() and (usual[0] != red[0]).any()
