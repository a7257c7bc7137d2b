"""What a dry run says of its cost: counts and low rates of the jobs that would run."""

import dataclasses
import re
from pathlib import Path

import pytest

from beyond_blur.config import read_experiment
from beyond_blur.config.disk import training_bytes
from beyond_blur.config.job_work import JOBS
from beyond_blur.config.network_counts import count
from beyond_blur.config.run_cost import KINDS, NOT_COUNTED, counted, run_cost

RULES = Path(__file__).parents[2] / "workflow/rules"


@pytest.fixture
def experiment():
    return read_experiment({"preset": "cifar10"})


def test_hours_and_bytes_are_the_sums_of_the_jobs(experiment):
    one = run_cost(experiment, [("train", "ddpm")])
    seconds = JOBS["train"](experiment, experiment.processes[0]).seconds
    assert one.gpu_hours == one.training_hours == pytest.approx(seconds / 3600)
    assert (one.jobs, one.trainings, one.core_hours) == (1, 1, 0.0)
    assert one.written == training_bytes(count(experiment.network, 3, 32).parameters)
    several = run_cost(experiment, 3 * [("train", "ddpm")] + [("table", None)])
    assert several.gpu_hours == pytest.approx(3 * one.gpu_hours)
    assert (several.jobs, several.trainings, several.written) == (4, 3, 3 * one.written)


def test_without_a_gpu_a_core_does_the_work_in_more_hours(experiment):
    jobs = [("train", "ddpm"), ("cache_pairs", "advection_diffusion-pe0.06")]
    card = run_cost(experiment, jobs)
    core = run_cost(counted(experiment, 0, without_gpu=True), jobs)
    assert (card.core_hours, core.gpu_hours) == (0.0, 0.0)
    assert core.core_hours > 10 * card.gpu_hours


def test_images_that_are_known_replace_the_most_that_a_set_may_have(experiment):
    jobs = [("cache_pairs", "advection_diffusion-pe0.06")]
    assumed = run_cost(experiment, jobs).written
    known = run_cost(counted(experiment, 600, without_gpu=False), jobs).written
    per_image = (assumed - known) / (60_000 - 600)
    assert known == pytest.approx(600 * per_image, rel=0.01)


def test_several_trainings_of_a_process_count_for_each(experiment):
    training = dataclasses.replace(experiment.training, seeds=(0, 2))
    several = dataclasses.replace(experiment, training=training)
    cost = run_cost(several, [("train", "ddpm"), ("train", "ddpm-training2")])
    assert cost.trainings == 2


def test_the_kind_of_every_rule_is_that_by_which_it_asks_a_cluster_for_time():
    """A rule without a request of its own, as `use rule` makes it, has that of the other."""
    text = "\n".join(path.read_text() for path in sorted(RULES.glob("*.smk")))
    kinds, used = {}, re.findall(r"^use rule (\w+) as (\w+)", text, re.MULTILINE)
    for block in re.split(r"^(?=rule |use rule )", text, flags=re.MULTILINE):
        asked = re.search(r'runtime=minutes\("(\w+)"\)', block)
        if block.startswith("rule ") and asked:
            kinds[re.match(r"rule (\w+)", block)[1]] = asked[1]
    kinds |= {new: kinds[old] for old, new in used}
    assert {"train", "sample_steps", "real_metrics"} <= set(kinds)
    counted_rules = {rule: kind for rule, kind in kinds.items() if kind not in NOT_COUNTED}
    assert {rule: KINDS.get(rule, rule) for rule in counted_rules} == counted_rules
