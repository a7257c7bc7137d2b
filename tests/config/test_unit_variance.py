"""delta: auto is a number per process, and with it samples have the variance of the data."""

import math
from dataclasses import replace

import pytest
import torch

from beyond_blur.config import ConfigError, Levels, Sampling, load_experiment, read, slug
from beyond_blur.config.blur_widths import blur_widths
from beyond_blur.config.rule_specs import sampling_spec, training_spec, trajectory_spec
from beyond_blur.config.unit_variance import PIXEL_VARIANCE, unit_delta
from beyond_blur.processes.heat_dissipation import HeatDissipation
from closed_chain import falling_spectrum, ratio, variance_of_samples


@pytest.mark.parametrize(("size", "n_levels", "sigma_max"), [(8, 30, 8.0), (12, 60, 20.0)])
def test_samples_have_the_variance_of_the_data(size, n_levels, sigma_max):
    """By the process's own steps with its best predictor; with 1.25 sigma they have not."""
    levels, modes = Levels(n_levels, sigma_max=sigma_max), falling_spectrum(size, PIXEL_VARIANCE)
    auto = HeatDissipation(tuple(blur_widths(levels)), 0.02, unit_delta(levels, 0.02, size))
    assert ratio(variance_of_samples(auto, modes), modes) == pytest.approx(1, abs=1e-5)
    assert ratio(variance_of_samples(replace(auto, delta=0.025), modes), modes) < 0.8


@pytest.mark.parametrize(
    ("preset", "factor"), [("digits", 1.57), ("cifar10", 1.45), ("ffhq128", 1.48)]
)
def test_the_factors_of_presets(preset, factor):
    """As computed elsewhere, by code that shares nothing with this one."""
    experiment = load_experiment({"preset": preset})
    for process in experiment.processes:
        if "delta" in process.sampling_effects:
            delta = process.unit_delta(experiment.levels, experiment.dataset.size)
            assert delta / process.input_noise == pytest.approx(factor, abs=0.012)


def test_many_levels_bring_delta_to_the_root_of_two_from_above():
    few, many = (unit_delta(Levels(n, 0.3, 32.0), 0.02, 8) / 0.02 for n in (400, 800))
    assert few > many > math.sqrt(2)
    assert 2 * many - few == pytest.approx(math.sqrt(2), abs=2e-3)


def test_without_noise_in_training_the_sampler_needs_none():
    assert unit_delta(Levels(10), 0.0, 8) == 0


def test_jobs_hold_a_number_for_each_process():
    values = {"preset": "digits", "sampling": {"delta": "auto"}}
    experiment = load_experiment({**values, "processes": [
        {"kind": "ddpm"}, {"kind": "heat_dissipation"},
        {"kind": "heat_dissipation", "name": "twice", "noise": 0.04},
    ]})  # fmt: skip
    ddpm, ihdm, twice = map(slug, experiment.processes)
    deltas = {}
    for name in (ddpm, ihdm, twice):
        deltas[name] = sampling_spec(experiment, name).sampling.delta
        assert trajectory_spec(experiment, name).sampling.delta == deltas[name]
        assert training_spec(experiment, name).delta == deltas[name]
    assert deltas[ddpm] == 0
    assert deltas[ihdm] == pytest.approx(1.57 * 0.02, abs=3e-4)
    assert 0.04 < deltas[twice] < 2 * deltas[ihdm]


def test_numbers_stay_as_they_are():
    experiment = load_experiment({"preset": "digits"})
    deltas = {sampling_spec(experiment, slug(p)).sampling.delta for p in experiment.processes
              if "delta" in p.sampling_effects}  # fmt: skip
    assert deltas == {0.025}


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        (-1, "sampling.delta = -1 must be at least 0"),
        ("automatic", "sampling.delta = 'automatic': expected a number, or auto"),
        (True, "sampling.delta = True: expected a number, or auto"),
        (math.inf, "sampling.delta = inf: expected a finite number"),
        ("2e-2", "sampling.delta = '2e-2' is text to YAML, not a number: write 2.0e-2"),
    ],
)
def test_what_is_neither_is_refused_in_one_line(wrong, line):
    with pytest.raises(ConfigError) as refused:
        read(Sampling, {"delta": wrong}, "sampling")
    assert str(refused.value) == line


def test_a_job_with_auto_says_that_it_needs_a_number():
    with pytest.raises(ConfigError, match=r"sampling\.delta = auto in a job of one process"):
        _ = Sampling(delta="auto").step_noise


def test_modes_are_those_of_the_tests():
    """The spectrum behind the number is the one that the laws of chains are stated for."""
    modes = falling_spectrum(8, PIXEL_VARIANCE).flatten()[1:]
    assert float(modes.mean()) == pytest.approx(PIXEL_VARIANCE)
    assert torch.isclose(modes[0] / modes[1], torch.tensor(4.0, dtype=torch.float64))
