"""The gain of a schedule is that of the process's own steps, and is warned of where it is large."""

import pytest

from beyond_blur.config import load_experiment, preset_names
from beyond_blur.config.noise_schedule import even_times
from beyond_blur.config.step_gain import LIMIT, worst_gain
from beyond_blur.config.warnings import warnings
from beyond_blur.processes.blurring_diffusion import BlurringDiffusion
from closed_chain import best_predictor, falling_spectrum, variance_of_samples


def experiment(*processes, **values):
    """The digits with these options of Blurring Diffusion."""
    entries = [{"kind": "blurring_diffusion", **process} for process in processes]
    return load_experiment({"preset": "digits", "processes": entries, **values})


def told(made):
    return list(warnings(made))


@pytest.mark.parametrize(
    ("n_steps", "width", "size", "share"),
    [(60, 14.0, 28, 1), (60, 5.0, 28, 1), (30, 0.0, 8, 1), (60, 4.0, 8, 1), (60, 14.0, 28, 0.5)],
)
def test_the_gain_is_that_of_the_chain(n_steps, width, size, share):
    """Every mode of it, with a predictor that says 70 % of what the best one does."""
    process = BlurringDiffusion(even_times(n_steps), width, blur_share=share)
    modes = falling_spectrum(size, 0.25)
    best = best_predictor(process, modes)
    found = variance_of_samples(process, modes, lambda x, k: 0.7 * best(x, k)) / modes
    gain = worst_gain(even_times(n_steps), width, size, blur_share=share)
    assert gain == pytest.approx(float(found.flatten()[1:].max()), rel=0.02)


def test_a_right_network_gains_nothing():
    assert worst_gain(even_times(60), 14.0, 28, off=0.0) < 1


def test_levels_bring_the_gain_down_to_that_of_the_network():
    gains = [worst_gain(even_times(n_steps), 14.0, 28) for n_steps in (60, 90, 180, 600)]
    assert gains == sorted(gains, reverse=True)
    assert gains[0] > 50 and gains[-1] < 2.6


def test_few_levels_for_much_blur_are_warned_of_by_name_and_way_out():
    made = experiment({"blur_width_max": 14.0}, {"name": "gentle", "blur_width_max": 4.0})
    (line,) = told(made)
    assert not told(experiment({"blur_width_max": 14.0, "blur_share": 0.25}))
    assert line.startswith("process blurring_diffusion: 60 steps back for blur_width_max = 14")
    assert "30% of the noise" in line and "more levels" in line and "\n" not in line


def test_fewer_calls_than_levels_and_given_times_count():
    few = experiment({"n_steps": 600, "blur_width_max": 14.0}, sampling={"steps": 60})
    assert told(few) == told(experiment({"blur_width_max": 14.0}))
    given = [k / 60 for k in range(1, 61)]
    assert told(experiment({"given": given, "blur_width_max": 14.0}))
    fine = experiment({"n_steps": 600, "blur_width_max": 14.0})
    assert told(fine) == []


def test_presets_are_not_warned_of():
    for preset in preset_names():
        lines = told(load_experiment({"preset": preset}))
        assert not any(line.startswith("process") for line in lines), preset
    assert worst_gain(even_times(60), 4.0, 8) < LIMIT
