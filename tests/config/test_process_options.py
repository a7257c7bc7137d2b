"""Every kind of process: read, built, and what its options say of it."""

import dataclasses
from pathlib import Path
from typing import get_args

import pytest

from beyond_blur import config
from beyond_blur.config import ConfigError, Levels, load_experiment, rule_specs, slug

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("kind", [k for k in config.PROCESS_SPECS if k != "own"])
def test_every_kind_of_process_is_read_and_built(kind):
    from beyond_blur.processes import build

    changed = {"preset": "tiny", "processes": [{"kind": kind}]}
    if kind in ("ddpm", "coloured_ddpm"):
        changed["processes"][0]["schedule"] = "cosine"
    made = load_experiment(changed)
    job = rule_specs.training_spec(made, slug(made.processes[0]))
    assert rule_specs.from_json(rule_specs.TrainingSpec, rule_specs.to_json(job)) == job
    process = build(job.process, job.levels, delta=0.01, corruption=made.corruption)
    assert process.n_steps >= 4


def test_own_processes_are_built_from_their_file_and_refused_in_one_line(tmp_path):
    from beyond_blur.processes import build

    own = config.OwnProcessOptions(
        file=str(ROOT / "docs/own_process.py"), class_name="Pixelation", options={"n_steps": 2}
    )
    assert build(own, config.Levels(), 0.0).n_steps == 2
    for change, message in [
        ({"class_name": "Nothing"}, "has no class 'Nothing'"),
        ({"options": {"steps": 2}}, "unexpected keyword argument"),
    ]:
        with pytest.raises(ConfigError, match=message):
            build(dataclasses.replace(own, **change), config.Levels(), 0.0)


def test_given_schedules_replace_the_named_ones():
    from beyond_blur.processes import build

    ddpm = config.DDPMOptions(schedule="given", given=(0.9, 0.5, 0.1))
    assert build(ddpm, config.Levels(), 0.0).n_steps == 3
    blurring = config.BlurringDiffusionOptions(given=(0.5, 1.0))
    assert build(blurring, config.Levels(), 0.0).n_steps == 2


def test_the_union_is_the_one_list_of_kinds():
    specs = get_args(get_args(config.ProcessSpec)[0])
    assert tuple(config.PROCESS_SPECS.values()) == specs
    fields = [field.name for field in dataclasses.fields(config.ProcessOptions)]
    assert fields == list(config.PROCESS_SPECS)
    shared = config.ProcessOptions()
    for kind, spec in config.PROCESS_SPECS.items():
        assert shared.of(spec) == getattr(shared, kind) == spec()


LEVELS = Levels(n_levels=7)
N_LEVELS = {"ddpm": 1000, "coloured_ddpm": 1000, "blurring_diffusion": 1000, "own": None}
"""Of the kinds that have levels of their own; the others have those of the experiment."""


@pytest.mark.parametrize("kind", config.PROCESS_SPECS)
def test_options_know_the_number_of_levels(kind):
    from beyond_blur.processes import build

    options = config.PROCESS_SPECS[kind]()
    assert options.n_levels(LEVELS) == N_LEVELS.get(kind, 7)
    if kind != "own":
        assert build(options, LEVELS, 0.0).n_steps == N_LEVELS.get(kind, 7)


def test_given_schedules_decide_the_number_of_levels():
    assert config.DDPMOptions(schedule="given", given=(0.9, 0.1)).n_levels(LEVELS) == 2
    assert config.BlurringDiffusionOptions(given=(0.5, 0.7, 1.0)).n_levels(LEVELS) == 3


def test_a_larger_image_scales_widths_in_pixels_alone():
    for kind, spec in config.PROCESS_SPECS.items():
        changed = {"blur_width_max": 50.0} if kind == "blurring_diffusion" else {}
        assert spec().scaled(2.5) == dataclasses.replace(spec(), **changed)
    levels = Levels(sigma_min=1.0, sigma_max=8.0, given=(1.0, 8.0)).scaled(2.0)
    assert levels == Levels(sigma_min=2.0, sigma_max=16.0, given=(2.0, 16.0))


@pytest.mark.parametrize("kind", [k for k in config.PROCESS_SPECS if k != "own"])
def test_options_know_which_sampling_options_reach_the_process(kind):
    """Where an option has no effect, the process made with it is the same one."""
    from beyond_blur.processes import build

    options = config.PROCESS_SPECS[kind]()
    usual = {"delta": 0.0, "prior_noise": True, "last_noise": False}
    for name, value in [("delta", 0.5), ("delta_spectrum", 2.0), ("prior_noise", False)]:
        made = [vars(build(options, LEVELS, **{**usual, **c})) for c in ({}, {name: value})]
        differs = any(a != b for a, b in zip(*(m.values() for m in made), strict=True))
        assert differs == (name in options.sampling_effects)
    has_last_noise = hasattr(build(options, LEVELS), "last_noise")
    adds_noise = has_last_noise and kind != "cold_diffusion"  # whose delta is always 0
    assert ("last_noise" in options.sampling_effects) == adds_noise


def test_lists_as_json_has_them_become_tuples():
    assert config.Network(multipliers=[1, 2]) == config.Network(multipliers=(1, 2))
    assert config.Corruption(grey_range=[0.5, 1]).grey_range == (0.5, 1.0)
    with pytest.raises(ValueError, match="multipliers"):
        config.Network(multipliers=["1"])


def test_an_instance_cannot_hold_what_the_reader_would_refuse():
    with pytest.raises(ValueError, match="speed_limit"):
        config.Velocity(speed_limit=0.5)
    with pytest.raises(ValueError, match="eta"):
        dataclasses.replace(config.DDPMOptions(), eta=True)
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.DDPMOptions().eta = 0.5
