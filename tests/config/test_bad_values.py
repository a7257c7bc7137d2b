"""What cannot be used is refused in clear lines before any work starts."""

import datetime
from pathlib import Path

import pytest

from beyond_blur import config
from beyond_blur.config import ConfigError, load_experiment

ROOT = Path(__file__).parents[2]


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
    (
        {"training": {"compile": 1}},
        "training.compile = 1 is unknown; valid here: auto, true, false",
    ),
    (
        {"sampling": {"compile": "yes"}},
        "sampling.compile = 'yes' is unknown; valid here: auto, true, false",
    ),
    (
        {"corruption": {"coarsen": 0}},
        "corruption.coarsen = 0 is unknown; valid here: auto, false",
    ),
    ({"corruption": {"coarsen": True}}, "corruption.coarsen = True is unknown"),
    ({"training": {"precision": "fp16"}}, "training.precision = 'fp16' is unknown"),
    ({"processes": [{**PROCESS, "peclet": -1}]}, "processes[0].peclet = -1 must be at least 0"),
    ({"processes": [{**PROCESS, "peclet": [0, -1]}]}, "processes[0].peclet = -1 must be at least"),
    (
        {"processes": [{**PROCESS, "peclet": 9}]},
        "third of velocity.speed_limit = 0.05, which would bend the flow; lower peclet to 0.8",
    ),
    ({"processes": []}, "processes is empty"),
    ({"processes": 3}, "processes = 3: expected a list"),
    ({"processes": [3]}, "processes[0] = 3: expected kind:"),
    ({"processes": [{"kind": "IHDM"}]}, "'IHDM' is unknown (did you mean heat_dissipation?)"),
    ({"processes": [{"kind": [1]}]}, "processes[0].kind = [1] is unknown"),
    ({"processes": [{"kind": {}}]}, "processes[0].kind = {} is unknown"),
    ({"processes": [{"kind": None}]}, "processes[0].kind = None is unknown"),
    ({"processes": [{"peclet": 1}]}, "processes[0] = {'peclet': 1}: expected kind:"),
    ({"processes": [{"kind": "cold_diffusion", "algorithm": 3}]}, "algorithm = 3 is unknown"),
    ({"processes": [{"kind": "cold_diffusion", "algorithm": True}]}, "expected a whole number"),
    (
        {"process_options": {"ddpm": {"kind": "own"}}},
        "process_options.ddpm.kind = 'own' is unknown",
    ),
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
    ({"dataset": {"name": datetime.date(2026, 1, 2)}}, "dataset.name = 2026-01-02: put quotes"),
    ({"dataset": {datetime.date(2026, 1, 2): 1}}, "dataset = 2026-01-02: put quotes"),
    ({"corruption": "\ud800"}, "corruption = '\\ud800' is no text"),
    ({"dataset": {"\ud800": 1}}, "dataset = '\\ud800' is no text"),
    ({"processes": (3,)}, "processes[0] = 3: expected kind:"),
    ({"dataset": {"name": "x" * 9999}}, "xxx...: it stands in paths"),
    ({"dataset": {"a\nb": 1}}, "dataset.'a\\nb' is unknown"),
    ({"dataset": {"channels": 2}}, "dataset.channels = 2: 1 for grey or 3 for colour"),
    ({"network": {"attention_levels": [5]}}, "the network has levels 0 to 1"),
    ({"network": {"multipliers": [1, 1, 1, 1]}}, "too many for dataset.size = 8"),
    ({"evaluation": {"nearest_k": 23}}, "sampling.n_samples = 24 is too few"),
    ({"evaluation": {"nearest_k": 47}, "sampling": {"n_samples": 99}}, "dataset.max_images = 48"),
    ({"sampling": {"seeds": [1, 1]}}, "each seed once"),
    ({"sampling": {"seeds": []}}, "sampling.seeds is empty"),
    ({"sampling": {"seeds": [0, -1]}}, "sampling.seeds: -1 is outside the range of seeds"),
    ({"sampling": {"seeds": [2**32]}}, "sampling.seeds: 4294967296 is outside the range"),
    ({"training": {"seeds": [1, 1]}}, "training.seeds = [1, 1]: each seed once"),
    ({"training": {"seeds": []}}, "training.seeds is empty"),
    ({"processes": [{"kind": "ddpm", "name": "a-training2"}]}, "called a-training2, as the netw"),
    ({"sampling": {"priors": []}}, "sampling.priors is empty"),
    ({"sampling": {"priors": ["train", "train"]}}, "sampling.priors = ['train', 'train']: each"),
    ({"dataset": {"name": "\ud800x"}}, "dataset.name = '\\ud800x' is no text: its '\\ud800'"),
    ({"dataset": {"\ud800": 1}}, "dataset = '\\ud800' is no text"),
    ({"dataset": {"path": "in{x}"}}, "dataset.path = 'in{x}': the workflow takes braces"),
    ({"dataset": {"held_out_path": "a\0b"}}, "no file has a zero byte in its name"),
    ({"sampling": {"priors": ["test"]}}, "sampling.priors[0] = 'test' is unknown"),
    ({"study": {"peclet": [0.1, 0.1]}}, "study.peclet = [0.1, 0.1]: each number once"),
    ({"study": {"peclet": [0.0]}}, "study.peclet = [0.0]: numbers above 0"),
    ({"study": {"peclet": [-1]}}, "study.peclet[0] = -1 must be at least 0"),
    ({"dataset": {"size": 10**400}}, "must be at most 1024"),
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


def test_values_that_hold_themselves_are_refused():
    values = {}
    values["dataset"] = values
    with pytest.raises(ConfigError, match="holds itself"):
        config.read(config.Experiment, values)


def test_values_without_a_bottom_are_refused():
    values = {}
    for _ in range(5000):
        values = {"a": values}
    with pytest.raises(ConfigError, match="sampling is nested too deep to be read"):
        config.read(config.Sampling, values, "sampling")


def test_one_process_is_read_by_its_kind():
    assert config.read_process({"kind": "ddpm", "eta": 1}) == config.DDPMOptions(eta=1.0)
    for values in (3, {}):
        with pytest.raises(ConfigError, match="expected kind: advection_diffusion"):
            config.read_process(values)


NAMES = [
    *(
        "",
        "../../x",
        "..",
        ".x",
        "-x",
        "a/b",
        "{x}",
        "a b",
        "a\n",
        "x" * 300,
        "it's",
        'a"b',
        "$HOME",
    ),
    *("`x`", "$(x)", "a;b", "a\nb", "a\0b", "\u202ea", "a\\b", "*", "a%s", "~", "..."),
]


@pytest.mark.parametrize("name", NAMES, ids=repr)
@pytest.mark.parametrize("section", ["dataset", "processes[0]"])
def test_names_that_cannot_stand_in_a_path_are_refused(section, name):
    entry = {"dataset": {"name": name}} if section == "dataset" else {}
    if not entry:
        entry = {"processes": [{**PROCESS, "name": name}]}
    with pytest.raises(ConfigError) as error:
        load_experiment({"preset": "tiny", **entry})
    assert str(error.value).startswith(f"{section}.name = {name!r}: it stands in paths: ")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["x", "digits-2", "own.v2", "_", "Péclet", "x" * 100])
def test_other_names_are_taken(name):
    assert config.check_path_name(name) == name


def problems(**values):
    with pytest.raises(ConfigError) as error:
        load_experiment({"preset": "tiny", **values})
    return str(error.value).splitlines()


def test_every_wrong_value_is_reported_at_once():
    lines = problems(
        trainin={},
        training={"iterations": 0, "ema": True},
        sampling={"delta": "2e-4"},
        processes=[{"kind": "flow"}, {**PROCESS, "peclet": [0, -1]}],
    )
    assert len(lines) == 6
    for key in (
        "trainin is unknown",
        "training.iterations = 0",
        "training.ema = True",
        "sampling.delta = '2e-4'",
        "processes[0].kind = 'flow'",
        "processes[1].peclet = -1",
    ):
        assert any(line.startswith(key) for line in lines)


def test_every_contradiction_is_reported_at_once():
    lines = problems(
        levels={"sigma_max": 0.1},
        dataset={"channels": 2, "max_images": 2},
        network={"attention_levels": [5]},
        sampling={"steps": 9, "seeds": [1, 1, -1]},
        processes=[PROCESS, {**PROCESS, "peclet": 9}, PROCESS],
    )
    assert len(lines) == len(set(lines)) == 9


def test_a_wrong_shared_option_is_reported_once_and_an_own_one_beside_it():
    lines = problems(
        process_options={"ddpm": {"eta": 2}},
        processes=[{"kind": "ddpm"}, {"kind": "ddpm", "name": "other", "eta": 3}],
    )
    assert lines == [
        "process_options.ddpm.eta = 2 must be at most 1",
        "processes[1].eta = 3 must be at most 1",
    ]
