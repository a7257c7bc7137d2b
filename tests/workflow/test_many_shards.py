"""A thousand shards are one input and one argument for whoever takes them all."""

import re

import pytest
from workflow_runs import ROOT, snakemake

pytestmark = pytest.mark.workflow

MANY = {"dataset": {"shards": 200, "max_images": None, "held_out": 0.25},
        "sampling": {"priors": ["train", "held_out"]}}  # fmt: skip
WHOLE = ("train", "sample", "trajectory", "train_classifier", "real_features", "sample_metrics",
         "neighbours", "amplitude")  # fmt: skip
"""Rules that take all shards of a set."""


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    folder = tmp_path_factory.mktemp("many") / "run"
    done = snakemake(ROOT, folder, "-n", "-p", config=MANY)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_no_consumer_has_more_inputs_than_with_one_shard(planned):
    jobs = re.findall(r"^(?:local)?rule (\w+):\n    input: (.*)$", planned, flags=re.MULTILINE)
    assert {rule for rule, _ in jobs} >= set(WHOLE)
    for rule, inputs in jobs:
        if rule in WHOLE or rule in ("cache_pairs", "terminal_states"):
            assert len(inputs.split(", ")) <= 5, rule


def test_no_command_grows_with_the_number_of_shards(planned):
    commands = re.findall(r"^Shell command: (.*)$", planned, flags=re.MULTILINE)
    assert len(commands) > 1000
    assert max(map(len, commands)) < 8_000
