"""A state belongs to the run whose settings, data, code and torch it has; what differs is named."""

import copy
from dataclasses import replace

import pytest

from beyond_blur.config import load_experiment
from beyond_blur.config.process_options import PROCESS_SPECS
from beyond_blur.config.rule_specs import lasting, training_spec
from beyond_blur.storage import code
from beyond_blur.training.identity import (
    code_roots,
    differences,
    identify,
    in_words,
    roundings,
)
from small_runs import job_of


def differing(here, there, step=6):
    return differences(identify(here, ""), identify(there, ""), step)


@pytest.mark.parametrize("change", [
    {"iterations": 7}, {"checkpoint_every": 1}, {"watch_every": 0}, {"devices": 2},
    {"tensorboard": True}, {"gradient_checkpointing": True},
])  # fmt: skip
def test_a_state_outlives_changes_that_no_step_depends_on(change):
    assert differing(job_of(**change), job_of()) == []
    assert (lasting(job_of(**change)) == lasting(job_of())) == ("iterations" not in change)


@pytest.mark.parametrize(("change", "said"), [
    ({"precision": "bfloat16"}, "training.precision is bfloat16 here, float32 in the state"),
    ({"batch_size": 4}, "training.batch_size is 4 here, 8 in the state"),
    ({"seeds": (1,)}, "training.seeds is [1] here, [0] in the state"),
    ({"learning_rate": 0.1}, "training.learning_rate is 0.1 here, 0.001 in the state"),
    ({"learning_rate_changes": [[5, 0.1]]},
     "training.learning_rate_changes is [[5, 0.1]] here, [] in the state"),
])  # fmt: skip
def test_a_setting_that_differs_is_named_with_both_values(change, said):
    assert differing(job_of(**change), job_of()) == [said]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"compile": True}, "training.compile is True here, auto in the state"),
        ({"devices": 2}, "training.devices is 2 here, 1 in the state"),
    ],
)
def test_what_changes_rounding_alone_is_no_difference_and_named_all_the_same(change, said):
    here, there = identify(job_of(**change), ""), identify(job_of(), "")
    assert differences(here, there, 6) == [] and roundings(here, there) == [said]


@pytest.mark.parametrize("place", [6, 7, 100])
def test_a_change_of_the_learning_rate_after_the_state_is_no_difference(place):
    later = job_of(learning_rate_changes=[[2, 0.1], [place, 0.2]])
    assert differing(later, job_of(learning_rate_changes=[[2, 0.1]])) == []
    assert differing(job_of(learning_rate_changes=[[2, 0.1]]), later) == []
    assert len(differing(later, job_of())) == 1


def test_streamed_pairs_are_another_run_by_setting_and_code():
    found = in_words(differing(job_of(pairs="streamed"), job_of()))
    assert found.startswith("training.pairs is streamed here, cached in the state; corruption")


def test_data_torch_and_code_are_named():
    here = identify(job_of(), "one")
    there = copy.deepcopy({**here, "data": "other", "torch": "2.0", "own_code": "x"})
    there["code"]["beyond_blur.training.loop"] = "edited"
    del there["code"]["beyond_blur.network.ema"]
    assert differences(here, there, 6) == [
        "the training data",
        f"torch is {here['torch']} here, 2.0 in the state",
        "the code of the process",
        "the code of network.ema, training.loop",
    ]


def test_many_differences_are_counted():
    assert in_words(list("abcdef")) == "a; b; c; d and 2 more"


def test_a_state_does_not_outlive_an_edit_of_a_process_of_the_users_own(tmp_path):
    file = tmp_path / "own.py"
    own = {"kind": "own", "file": str(file), "class_name": "Pixelation"}
    seen = []
    for text in ("first = 1", "second = 2"):
        file.write_text(text)
        made = load_experiment({"preset": "tiny", "processes": [own]})
        seen.append(identify(training_spec(made, "own"), ""))
    assert differences(*seen, 6) == ["the code of the process"]


def test_the_sampler_noise_of_the_grids_changes_no_state_and_no_weights():
    job = job_of(sampling={"delta": 0.3, "delta_spectrum": 2.0})
    assert (job.delta, job.delta_spectrum) == (0.3, 2.0) != (job_of().delta, 0.0)
    assert differing(job, job_of()) == []
    assert lasting(job) == lasting(job_of())


@pytest.mark.parametrize("kind", PROCESS_SPECS)
def test_code_that_is_named_is_there(kind):
    options = PROCESS_SPECS[kind](
        **({"file": __file__, "class_name": "A"} if kind == "own" else {})
    )
    assert len(code.checksum(*code_roots(replace(job_of(pairs="streamed"), process=options)))) == 64


def test_the_code_of_a_run_is_that_of_the_modules_it_reaches():
    roots = code_roots(job_of())
    assert code.modules_reached(*roots) <= code.checksums_by_module(*roots).keys()


def test_solvers_are_code_of_streamed_pairs_only():
    streamed, cached = (
        code.modules_reached(*code_roots(job_of(pairs=pairs))) for pairs in ("streamed", "cached")
    )
    made_by = {"lbm.cpu.step", "lbm.reference", "training.streamed_pairs"}
    assert {f"beyond_blur.{name}" for name in made_by} <= streamed - cached


@pytest.mark.parametrize("kind", ["ddpm", "heat_dissipation"])
def test_an_edit_of_the_solver_trains_no_process_without_a_flow_again(kind):
    reached = code.modules_reached(code.verb_root("train"), PROCESS_SPECS[kind].implementation)
    assert {name for name in reached if rooms_of([name]) & {"lbm", "corruption"}} == set()


def rooms_of(modules):
    return {module.split(".")[1] for module in modules}
