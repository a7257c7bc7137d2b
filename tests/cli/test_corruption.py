"""The verbs that cache what the solver makes."""

import pytest

from beyond_blur import cli
from beyond_blur.config import load_experiment, rule_specs
from beyond_blur.storage import artifacts
from untrained_networks import save_everything


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_everything(tmp_path_factory.mktemp("corruption"))


@pytest.mark.parametrize(("trained", "levels"), [(True, {1, 2, 3, 4}), (False, {1, 2, 3})])
def test_the_verb_pairs_leaves_level_K_out_where_told_to(folder, tmp_path, trained, levels):
    made = load_experiment({"preset": "tiny", "levels": {"train_last_level": trained}})
    job = rule_specs.corruption_spec(made, "advection_diffusion-pe0", "held_out")
    cli.main(["cache_pairs", "--spec", rule_specs.to_json(job), "--images",
              str(folder / "images.safetensors"), "--out", str(tmp_path / "pairs")])  # fmt: skip
    assert set(artifacts.load(tmp_path / "pairs", "pairs").arrays["k"].tolist()) == levels
