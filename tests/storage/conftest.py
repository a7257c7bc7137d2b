"""Two shards of images and their pairs, whole and to be spoilt."""

import shutil

import pytest

from beyond_blur import cli
from beyond_blur.config import rule_specs
from storage.caching import corrupt, experiment


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """Two shards of images and their pairs."""
    folder = tmp_path_factory.mktemp("cache")
    images = [folder / f"images/shard-{i}.safetensors" for i in range(2)]
    pairs = [folder / f"pairs/shard-{i}.safetensors" for i in range(2)]
    held_out = [folder / f"held-out-{i}.safetensors" for i in range(2)]
    cli.main(["prepare_dataset", "--spec", rule_specs.to_json(experiment().dataset),
              "--train", *map(str, images), "--held-out", *map(str, held_out)])  # fmt: skip
    for image, pair in zip(images, pairs, strict=True):
        corrupt("cache_pairs", image, pair)
    return folder


@pytest.fixture
def paths(made, tmp_path):
    """The same in a folder that a test may spoil."""
    shutil.copytree(made / "pairs", tmp_path / "pairs")
    return sorted((tmp_path / "pairs").iterdir())
