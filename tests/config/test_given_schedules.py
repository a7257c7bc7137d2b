"""Schedules that a configuration gives level by level are checked before any work."""

import pytest

from beyond_blur.config import ConfigError, load_experiment


def refused(**values):
    with pytest.raises(ConfigError) as error:
        load_experiment({"preset": "tiny", **values})
    return str(error.value)


@pytest.mark.parametrize("given", [[0.5, 0.2], [0.5, 0.5], [0.0, 1.0], [0.2, 1.5], [-0.1, 0.5]])
def test_times_of_blurring_diffusion_rise_to_at_most_1(given):
    said = refused(processes=[{"kind": "blurring_diffusion", "given": given}])
    assert said == (
        f"process blurring_diffusion: given = {given} must rise from level to level, above 0 and "
        "at most 1"
    )


@pytest.mark.parametrize("kind", ["ddpm", "coloured_ddpm"])
@pytest.mark.parametrize("given", [[0.2, 0.5], [0.5, 0.5], [1.0, 0.5], [0.5, 0.0], [0.5, -1.0]])
def test_what_ddpm_keeps_of_the_image_falls_between_1_and_0(kind, given):
    said = refused(processes=[{"kind": kind, "schedule": "given", "given": given}])
    assert said.endswith(f"given = {given} must fall from level to level, below 1 and above 0")


@pytest.mark.parametrize("entry", [{"schedule": "given"}, {"schedule": "cosine", "given": [0.5]}])
def test_a_schedule_is_given_where_it_is_said_to_be_and_nowhere_else(entry):
    said = refused(processes=[{"kind": "ddpm", **entry}])
    assert f"schedule = {entry['schedule']} with {len(entry.get('given', []))} values" in said


def test_blur_widths_that_nothing_uses_are_refused():
    said = refused(levels={"given": [1.0, 2.0, 3.0, 4.0]})
    assert said.startswith("levels.given has no effect with levels.spacing = log: say")


@pytest.mark.parametrize("process", [
    {"kind": "blurring_diffusion", "given": [0.5, 1.0]},
    {"kind": "ddpm", "schedule": "given", "given": [0.9, 0.1]},
])  # fmt: skip
def test_schedules_that_are_right_are_taken(process):
    made = load_experiment({"preset": "tiny", "processes": [process]})
    assert made.processes[0].n_levels(made.levels) == 2
