"""The config is read, refused and explained before any work starts."""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from beyond_blur import config
from beyond_blur.config import ConfigError, load_experiment, rule_specs, slug

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("name", config.preset_names())
def test_every_preset_is_valid(name):
    """With its files in place: a preset of files is checked up to the first missing path."""
    values = config.load_preset(name)
    if values["dataset"].get("kind") not in (None, "digits"):
        with pytest.raises(ConfigError, match=r"dataset\.(path|labels_path)"):
            load_experiment({"preset": name})
        return
    assert load_experiment({"preset": name}).preset == name


def test_shipped_config_is_the_default_preset():
    shipped = yaml.safe_load((ROOT / "config.yaml").read_text())
    assert load_experiment(shipped) == load_experiment({"preset": "digits"})


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


PROCESS = {"kind": "advection_diffusion"}
BAD = [
    ({"preset": "digit"}, "preset = 'digit' is unknown (did you mean digits?)"),
    ({"trainin": {}}, "trainin is unknown (did you mean training?)"),
    ({"sampling": {"deltas": 1}}, "sampling.deltas is unknown (did you mean delta?)"),
    ({"sampling": 3}, "sampling is 3: expected keys and values"),
    ({"training": {"learning_rate": "2e-4"}}, "is text to YAML, not a number: write 2.0e-4"),
    ({"training": {"learning_rate": "fast"}}, "training.learning_rate = 'fast': expected a number"),
    ({"training": {"iterations": 1.5}}, "training.iterations = 1.5: expected a whole number"),
    ({"training": {"iterations": True}}, "training.iterations = True: expected a whole number"),
    ({"training": {"iterations": 0}}, "training.iterations = 0 must be at least 1"),
    ({"training": {"ema": 1.0}}, "training.ema = 1 must be below 1"),
    ({"training": {"learning_rate": float("nan")}}, "expected a finite number"),
    ({"training": {"precision": "fp16"}}, "training.precision = 'fp16' is unknown"),
    ({"processes": [{**PROCESS, "peclet": -1}]}, "processes[0].peclet = -1 must be at least 0"),
    ({"processes": [{**PROCESS, "peclet": [0, -1]}]}, "processes[0].peclet = -1 must be at least"),
    (
        {"processes": [{**PROCESS, "peclet": 9}]},
        "peclet = 9 needs an rms speed of 0.188 cells per step at 8 pixels, over a third of "
        "velocity.speed_limit = 0.05, which would bend the flow; lower peclet to 0.8",
    ),
    ({"processes": []}, "processes is empty"),
    ({"processes": 3}, "processes = 3: expected a list"),
    ({"processes": [3]}, "processes[0] = 3: expected kind:"),
    ({"processes": [{"kind": "flow"}]}, "processes[0].kind = 'flow' is unknown"),
    ({"processes": [PROCESS, PROCESS]}, "two processes are called advection_diffusion-pe0"),
    ({"processes": [{**PROCESS, "name": "a/b"}]}, "may hold letters, digits, - _ only"),
    ({"process_options": {"flow": {}}}, "process_options.flow is unknown"),
    ({"levels": {"sigma_max": 0.1}}, "levels.sigma_max = 0.1 must be above levels.sigma_min"),
    ({"levels": {"spacing": "given", "given": [1.0]}}, "levels.given has 1 blur widths"),
    (
        {"levels": {"spacing": "given", "n_levels": 2, "given": [2.0, 1.0]}},
        "must be positive and increase",
    ),
    ({"levels": {"given": 3}}, "levels.given = 3: expected a list"),
    ({"corruption": {"grey_range": [1.0]}}, "corruption.grey_range = [1.0]: expected 2 values"),
    ({"corruption": {"grey_range": [1, 0]}}, "corruption.grey_range = [1, 0] must be positive"),
    ({"dataset": {"kind": "idx"}}, "dataset.path is missing"),
    ({"dataset": {"kind": "npz", "path": "no/such"}}, "dataset.path = no/such does not exist"),
    ({"dataset": {"kind": "folder", "path": __file__}}, "is a file; dataset.kind = folder needs"),
    ({"dataset": {"kind": "npz", "path": str(ROOT)}}, "is a folder; use dataset.kind: folder"),
    ({"dataset": {"kind": "folder", "path": str(ROOT / "envs")}}, "holds no images"),
    ({"dataset": {"channels": 2}}, "dataset.channels = 2: 1 for grey or 3 for colour"),
    ({"network": {"attention_levels": [5]}}, "the network has levels 0 to 1"),
    ({"network": {"multipliers": [1, 1, 1, 1]}}, "too many for dataset.size = 8"),
    ({"evaluation": {"nearest_k": 23}}, "sampling.n_samples = 24 is too few"),
    ({"evaluation": {"nearest_k": 47}, "sampling": {"n_samples": 99}}, "the number of held-out"),
    ({"sampling": {"seeds": [1, 1]}}, "each seed once"),
    ({"sampling": {"seeds": []}}, "sampling.seeds is empty"),
    ({"sampling": {"seeds": [0, -1]}}, "sampling.seeds: -1 is outside the range of seeds"),
    ({"sampling": {"seeds": [2**32]}}, "sampling.seeds: 4294967296 is outside the range"),
    ({"sampling": {"priors": []}}, "sampling.priors is empty"),
    ({"sampling": {"priors": ["test"]}}, "sampling.priors[0] = 'test' is unknown"),
    ({"study": {"peclet": [0.1, 0.1]}}, "study.peclet = [0.1, 0.1]: each number once"),
    ({"study": {"peclet": [0.0]}}, "study.peclet = [0.0]: numbers above 0"),
    ({"study": {"peclet": [9.0]}}, "peclet = 9 needs an rms speed of"),
    (
        {"sampling": {"steps": 5}},
        "sampling.steps = 5 is more than the 4 levels of process advection_diffusion-pe0: at most",
    ),
    (
        {
            "processes": [{"kind": "ddpm", "n_steps": 8, "schedule": "cosine"}],
            "study": {"peclet": [0.1]},
            "sampling": {"steps": 8},
        },
        "sampling.steps = 8 is more than the 4 levels of process heat_dissipation of the study: at "
        "most one network call per level; null uses every level",
    ),
    (
        {"processes": [{**PROCESS, "name": "compressible", "peclet": 0.06, "noise": 0.5}]},
        "compressible-pe0.06 is the name of another process, of the study",
    ),
    ({"processes": [{"kind": "ddpm", "n_steps": 5}]}, "too few for the linear schedule"),
    ({"processes": [{"kind": "own", "file": "no.py"}]}, "file = 'no.py' does not exist"),
    ({"processes": [{"kind": "own", "options": 3}]}, "options = 3: expected keys and values"),
    (
        {"process_options": {"advection_diffusion": {"velocity": {"wavenumber_min": 9}}}},
        "does not fit dataset.size = 8",
    ),
    (
        {
            "process_options": {
                "advection_diffusion": {"velocity": {"wavenumber_min": 3, "wavenumber_max": 2}}
            }
        },
        "velocity.wavenumber_max = 2 must be at least",
    ),
]


@pytest.mark.parametrize(("values", "message"), BAD, ids=[message[:40] for _, message in BAD])
def test_bad_values_are_refused_in_one_clear_line(values, message):
    with pytest.raises(ConfigError) as error:
        load_experiment({"preset": "tiny", **values})
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_schema_file_is_made_from_the_dataclasses():
    written = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text())
    made = json.loads(json.dumps(config.json_schema()))
    assert written == made, "run: python -m beyond_blur schema --out workflow/schemas/..."


def test_every_option_says_what_it_means():
    def walk(schema):
        for entry in schema.get("properties", {}).values():
            assert len(entry["description"]) > 3
            walk(entry)

    walk(config.json_schema())


@pytest.mark.parametrize(
    "make",
    [
        lambda e: rule_specs.corruption_job(e, "advection_diffusion-pe0.1"),
        lambda e: rule_specs.terminal_job(e, "advection_diffusion-pe0.1"),
        lambda e: rule_specs.training_job(e, "advection_diffusion-pe0.1"),
        lambda e: rule_specs.sampling_job(e, "advection_diffusion-pe0.1"),
        lambda e: rule_specs.trajectory_job(e, "advection_diffusion-pe0.1"),
        lambda e: rule_specs.features_job(e),
        lambda e: rule_specs.classifier_job(e),
        lambda e: rule_specs.metrics_job(e, 1, "advection_diffusion-pe0.1", "train"),
        lambda e: rule_specs.metrics_job(e, 1),
    ],
)
def test_jobs_survive_the_command_line(make):
    job = make(load_experiment({"preset": "tiny"}))
    assert rule_specs.from_json(type(job), rule_specs.to_json(job)) == job


def test_config_needs_no_heavy_import():
    """A dry run imports it; numpy alone would double that time."""
    code = (
        "import sys; from beyond_blur import config, jobs, cli; cli.parser();"
        "sys.exit(any(m in sys.modules for m in ('numpy', 'torch', 'matplotlib', 'numba')))"
    )
    path = {"PYTHONPATH": str(ROOT / "src")}
    assert subprocess.run([sys.executable, "-c", code], env=path).returncode == 0


def test_the_study_changes_one_thing_at_a_time():
    """Same noise, same spectrum, same Peclet numbers: only divergence and transport differ."""
    made = load_experiment({"preset": "tiny", "study": {"peclet": [0.1]}})
    ihdm, stirred, free, control = config.study_processes(made)
    assert ihdm == config.HeatDissipation(noise=ihdm.noise)
    assert stirred.velocity == dataclasses.replace(free.velocity, divergence_free=False)
    assert free.velocity.divergence_free and not stirred.velocity.divergence_free
    assert control == dataclasses.replace(stirred, name="background_only", transport=False)
    assert {stirred.peclet, free.peclet, control.peclet} == {0.1}
    assert rule_specs.find_process(made, "background_only-pe0.1") == control


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
        assert rule_specs.corruption_job(plain, name) != rule_specs.corruption_job(changed, name)
        for make in (
            rule_specs.training_job,
            rule_specs.terminal_job,
            rule_specs.trajectory_job,
            rule_specs.forward_job,
        ):
            assert make(plain, name) == make(changed, name)


def test_the_study_takes_the_experiments_own_ihdm():
    entry = {"kind": "heat_dissipation", "name": "mine", "noise": 0.3}
    made = load_experiment({"preset": "tiny", "processes": [entry]})
    assert config.study_processes(made)[0] == made.processes[0]


@pytest.mark.parametrize("kind", [k for k in config.PROCESS_SPECS if k != "own"])
def test_every_kind_of_process_is_read_and_built(kind):
    from beyond_blur.processes import build

    changed = {"preset": "tiny", "processes": [{"kind": kind}]}
    if kind == "ddpm":
        changed["processes"][0]["schedule"] = "cosine"
    made = load_experiment(changed)
    job = rule_specs.training_job(made, slug(made.processes[0]))
    assert rule_specs.from_json(rule_specs.TrainingJob, rule_specs.to_json(job)) == job
    process = build(job.process, job.levels, delta=0.01, corruption=made.corruption)
    assert process.n_steps >= 4


def test_own_processes_are_built_from_their_file_and_refused_in_one_line(tmp_path):
    from beyond_blur.processes import build

    own = config.OwnProcess(
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

    ddpm = config.DDPM(schedule="given", given=(0.9, 0.5, 0.1))
    assert build(ddpm, config.Levels(), 0.0).n_steps == 3
    blurring = config.BlurringDiffusion(given=(0.5, 1.0))
    assert build(blurring, config.Levels(), 0.0).n_steps == 2
