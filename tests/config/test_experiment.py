"""Presets, the user's changes and the study make one experiment, and jobs of it."""

import dataclasses
import re
from pathlib import Path

import pytest
import yaml

from beyond_blur import config
from beyond_blur.config import ConfigError, evaluation_specs, load_experiment, rule_specs, slug
from beyond_blur.data import readers

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", config.preset_names())
def test_every_preset_is_valid(name):
    """And one of files says, where they are not there, which it needs."""
    experiment = load_experiment({"preset": name})
    assert experiment.preset == name
    missing = list(readers.problems(experiment))
    assert all(re.match(r"dataset\.(path|labels_path|kind)", line) for line in missing)
    assert (missing != []) == (experiment.dataset.kind not in ("digits", "mnist5k"))


def test_shipped_config_is_the_default_preset():
    shipped = yaml.safe_load((ROOT / "config.yaml").read_text())
    assert load_experiment(shipped) == load_experiment({})


def test_changes_are_laid_over_the_preset_key_by_key():
    changed = load_experiment({"preset": "tiny", "sampling": {"delta": 0.5}})
    plain = load_experiment({"preset": "tiny"})
    assert changed.sampling.delta == 0.5
    assert dataclasses.replace(changed.sampling, delta=plain.sampling.delta) == plain.sampling
    assert changed.training == plain.training


def test_a_list_of_peclet_numbers_is_one_process_each():
    entry = {"kind": "advection_diffusion", "peclet": [0.0, 0.1], "name": "flow"}
    names = [slug(p) for p in load_experiment({"preset": "tiny", "processes": [entry]}).processes]
    assert names == ["flow-pe0", "flow-pe0.1"]


def test_process_options_are_what_an_entry_starts_from():
    values = {
        "preset": "tiny",
        "process_options": {"advection_diffusion": {"noise": 0.5}},
        "processes": [
            {"kind": "advection_diffusion"},
            {"kind": "advection_diffusion", "name": "other", "noise": 0.1},
        ],
    }
    first, second = load_experiment(values).processes
    assert (first.noise, second.noise) == (0.5, 0.1)
    assert first.velocity == second.velocity
    assert first.velocity.speed_limit == 0.05  # from the preset


@pytest.mark.parametrize(
    "make",
    [
        lambda e: rule_specs.corruption_spec(e, "advection_diffusion-pe0.1"),
        lambda e: rule_specs.terminal_spec(e, "advection_diffusion-pe0.1"),
        lambda e: rule_specs.training_spec(e, "advection_diffusion-pe0.1"),
        lambda e: rule_specs.sampling_spec(e, "advection_diffusion-pe0.1"),
        lambda e: rule_specs.trajectory_spec(e, "advection_diffusion-pe0.1"),
        lambda e: evaluation_specs.features_spec(e),
        lambda e: evaluation_specs.classifier_spec(e),
        lambda e: evaluation_specs.metrics_spec(e, 1, "advection_diffusion-pe0.1", "train"),
        lambda e: evaluation_specs.metrics_spec(e, 1),
    ],
)
def test_jobs_survive_the_command_line(make):
    job = make(load_experiment({"preset": "tiny"}))
    assert rule_specs.from_json(type(job), rule_specs.to_json(job)) == job


def test_the_study_changes_one_thing_at_a_time():
    """Same noise, same spectrum, same Peclet numbers: only divergence and transport differ."""
    made = load_experiment({"preset": "tiny", "study": {"peclet": [0.1]}})
    ihdm, stirred, free, control, drawn, *baselines = config.study_processes(made)
    assert ihdm == config.HeatDissipationOptions(noise=ihdm.noise)
    assert stirred.velocity == dataclasses.replace(free.velocity, divergence_free=False)
    assert free.velocity.divergence_free and not stirred.velocity.divergence_free
    assert control == dataclasses.replace(stirred, name="background_only", transport=False)
    assert {stirred.peclet, free.peclet, control.peclet, drawn.peclet} == {0.1}
    assert (drawn.kind, drawn.name) == ("coloured_heat_dissipation", "coloured_noise")
    assert (drawn.velocity, drawn.noise) == (stirred.velocity, stirred.noise)
    assert drawn.background == pytest.approx(9.5)
    shared = made.process_options
    assert baselines == [shared.ddpm, shared.blurring_diffusion]
    assert rule_specs.find_process(made, "background_only-pe0.1") == control


def test_a_flow_between_walls_is_a_row_of_the_study_where_asked_for():
    flows = ["divergence_free", "between_walls"]
    study = {"peclet": [0.1], "flows": flows, "baselines": []}
    made = load_experiment({"preset": "tiny", "study": study})
    _, free, walled = config.study_processes(made)
    assert [slug(free), slug(walled)] == ["divergence_free-pe0.1", "between_walls-pe0.1"]
    stirred = dataclasses.replace(free.velocity, divergence_free=False)
    assert walled.velocity == dataclasses.replace(stirred, basis="walls") and walled.transport
    spec = rule_specs.corruption_spec(made, "between_walls-pe0.1")
    assert config.to_json_values(spec)["velocity"]["basis"] == "walls"
    with pytest.raises(ConfigError, match=r"study\.flows = \['compressible', .*\]: each flow once"):
        load_experiment({"preset": "tiny", "study": {"flows": ["compressible"] * 2}})


def test_a_stream_and_a_frozen_flow_are_the_compressible_one_but_for_that():
    study = {"peclet": [0.1], "flows": ["compressible", "stream", "frozen"]}
    ddpm = {"kind": "ddpm", "name": "mine", "schedule": "cosine", "n_steps": 9}
    made = load_experiment({"preset": "tiny", "study": study, "processes": [ddpm]})
    _, stirred, stream, frozen, baseline, _ = config.study_processes(made)
    steady = dataclasses.replace(stirred.velocity, flow="stream")
    assert stream == dataclasses.replace(stirred, name="stream", velocity=steady)
    still = dataclasses.replace(stirred.velocity, phase_step=0.0)
    assert frozen == dataclasses.replace(stirred, name="frozen", velocity=still)
    assert baseline == made.processes[0], "the run's own network serves the study, too"


def test_only_whoever_makes_the_study_is_asked_for_what_it_needs():
    ddpm = {"kind": "ddpm", "n_steps": 8, "schedule": "cosine"}
    values = {"preset": "tiny", "processes": [ddpm], "sampling": {"steps": 8}}
    made = load_experiment(values)
    with pytest.raises(ConfigError, match=r"sampling\.steps = 8 is more than the 4 levels"):
        config.check_study(made)
    config.check_study(load_experiment({**values, "levels": {"n_levels": 8}}))


def test_options_of_the_cache_are_in_the_job_of_the_cache_alone():
    """Streamed pairs, terminal states and strips use none of them."""
    name = "advection_diffusion-pe0.1"
    for option in ({"dtype": "float16"}, {"draws": 3}, {"levels_per_draw": 3}):
        plain, changed = (
            load_experiment({"preset": "tiny", "corruption": {**values}}) for values in ({}, option)
        )
        assert rule_specs.corruption_spec(plain, name) != rule_specs.corruption_spec(changed, name)
        for make in (
            rule_specs.training_spec,
            rule_specs.terminal_spec,
            rule_specs.trajectory_spec,
            rule_specs.forward_spec,
        ):
            assert make(plain, name) == make(changed, name)


def test_an_experiment_without_checks_needs_no_files():
    made = config.read_experiment({"preset": "ffhq128"})
    assert made.dataset.path is None and len(made.processes) == 10


def test_a_job_of_unknown_or_missing_keys_is_refused():
    text = rule_specs.to_json(evaluation_specs.classifier_spec(load_experiment({"preset": "tiny"})))
    assert rule_specs.from_json(evaluation_specs.ClassifierSpec, text).iterations == 5
    for changed, message in [
        (
            text.replace("iterations", "iteration"),
            "iteration is unknown (did you mean iterations?)",
        ),
        ('{"seed": 0}', "iterations is missing"),
    ]:
        with pytest.raises(ConfigError) as error:
            rule_specs.from_json(evaluation_specs.ClassifierSpec, changed)
        assert message in str(error.value)


def test_the_study_takes_the_experiments_own_ihdm():
    entry = {"kind": "heat_dissipation", "name": "mine", "noise": 0.3}
    made = load_experiment({"preset": "tiny", "processes": [entry]})
    assert config.study_processes(made)[0] == made.processes[0]
