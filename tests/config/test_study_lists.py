"""Lists of the study: no entry twice, none empty that needs one, and one line for each fault."""

import pytest

from beyond_blur.config import ConfigError, load_experiment, plan
from beyond_blur.config.error_lines import nearest


def lines_of(**study):
    with pytest.raises(ConfigError) as error:
        load_experiment({"preset": "tiny", "study": study})
    return str(error.value).splitlines()


def test_every_list_with_an_entry_twice_is_refused_before_any_work():
    lines = lines_of(
        peclet=[0.1, 0.1], flows=["stream"] * 2, baselines=["ddpm"] * 2, deltas=["auto", 0.1, 0.1]
    )
    assert lines == [
        "study.peclet = [0.1, 0.1]: each number once",
        "study.flows = ['stream', 'stream']: each flow once",
        "study.baselines = ['ddpm', 'ddpm']: each method once",
        "study.deltas = ['auto', 0.1, 0.1]: each delta once",
    ]


@pytest.mark.parametrize("key", ["peclet", "flows"])
def test_a_study_without_a_flow_is_refused(key):
    assert lines_of(**{key: []}) == [f"study.{key} is empty: give at least 1"]


def test_no_list_is_told_how_to_be_an_empty_one():
    assert lines_of(baselines=None) == ["study.baselines = None: expected a list, [] for none"]


def test_a_list_of_wrong_entries_is_not_called_empty():
    (line,) = lines_of(flows=["compresible"])
    assert line.startswith("study.flows[0] = 'compresible' is unknown (did you mean compressible?)")


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("cold", "cold_diffusion"),
        ("coloured_h", "coloured_heat"),
        ("coloured_deat", "coloured_heat"),
    ],
)
def test_the_beginning_of_a_name_finds_it_before_names_with_like_letters(word, meant):
    names = ["coloured_ddpm", "coloured_heat", "cold_diffusion"]
    assert nearest(word, names) == f" (did you mean {meant}?)"


def test_two_letters_are_the_beginning_of_nothing():
    assert nearest("co", ["coloured_ddpm", "cold_diffusion"]) == ""


def test_curves_over_delta_are_of_deltas_that_are_named():
    with pytest.raises(
        ConfigError, match=r"^study\.deltas is empty, and results/deltas\.csv is of"
    ):
        plan.named_delta_points(load_experiment({"preset": "tiny"}))
    made = load_experiment({"preset": "tiny", "study": {"deltas": ["auto"]}})
    assert plan.named_delta_points(made) == plan.delta_points(made) != []


def test_curves_over_delta_are_of_a_study_that_can_be_made():
    changed = {"study": {"deltas": ["auto"]}, "sampling": {"steps": 8}}
    ddpm = {"kind": "ddpm", "n_steps": 8, "schedule": "cosine"}
    with pytest.raises(ConfigError, match=r"sampling\.steps = 8 is more than the 4 levels"):
        plan.named_delta_points(load_experiment({"preset": "tiny", "processes": [ddpm], **changed}))
