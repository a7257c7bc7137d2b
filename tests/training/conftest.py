import pytest
import torch

from beyond_blur import cli
from beyond_blur.config import load_experiment, rule_specs


@pytest.fixture
def source():
    """Ten cached pairs in memory."""
    x = torch.rand(10, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    return {"x_k": x * 0.9, "x_previous": x, "k": torch.arange(10) % 5 + 1}


@pytest.fixture(scope="session")
def shards(tmp_path_factory):
    """Images and pairs of the tiny preset: the folder of ``train``, ``held_out`` and ``pairs``."""
    folder = tmp_path_factory.mktemp("shards")
    made = load_experiment({"preset": "tiny"})
    images = str(folder / "train")
    dataset = rule_specs.to_json(made.dataset)
    pairs = rule_specs.to_json(rule_specs.corruption_job(made, "advection_diffusion-pe0.1"))
    held_out = str(folder / "held_out")
    cli.main(["prepare_dataset", "--spec", dataset, "--train", images, "--held-out", held_out])
    cli.main(["cache_pairs", "--spec", pairs, "--images", images, "--out", str(folder / "pairs")])
    return folder
