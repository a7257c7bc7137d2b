"""A job of samples holds the options of sampling that reach its process, and no others."""

import pytest

from beyond_blur import config
from beyond_blur.config import load_experiment, rule_specs, slug

OWN = {"kind": "own", "file": "docs/own_process.py", "class_name": "Pixelation"}
EVERY = [*({"kind": kind} for kind in config.PROCESS_SPECS if kind != "own"), OWN]


def jobs(job, processes, **sampling):
    values = {"preset": "digits", "processes": processes, "sampling": sampling}
    made = load_experiment(values)
    return [(process, job(made, slug(process))) for process in made.processes]


@pytest.mark.parametrize("job", [rule_specs.sampling_spec, rule_specs.trajectory_spec])
@pytest.mark.parametrize(("option", "value"), [
    ("delta", 0.5), ("delta", "auto"), ("prior_noise", False), ("last_noise", True),
])  # fmt: skip
def test_a_changed_option_draws_again_where_it_reaches_and_nowhere_else(job, option, value):
    kinds = EVERY if option == "delta" else EVERY[:-1]  # of one's own it is refused
    before, after = jobs(job, kinds), jobs(job, kinds, **{option: value})
    for (process, old), (_, new) in zip(before, after, strict=True):
        assert (old != new) == (option in process.sampling_effects), process.kind


def test_a_sampler_without_delta_has_none():
    for process, made in jobs(rule_specs.sampling_spec, EVERY, delta=0.5):
        wanted = 0.5 if "delta" in process.sampling_effects else 0.0
        assert made.sampling.delta == wanted
