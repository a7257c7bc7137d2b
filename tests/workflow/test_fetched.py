"""A set that the configuration names is fetched by a job, and only where it is missing."""

import pytest
from workflow_runs import copy_repository, planned

from beyond_blur.config.published_sets import fetched_files

pytestmark = pytest.mark.workflow

SHARDS = ("--nolock", "results/data/mnist/train/shards.json")
CONFIG = {"dataset": {"name": "mnist", "kind": "idx", "fetch": "mnist", "path": None,
                      "split": "official", "size": 8}}  # fmt: skip


@pytest.fixture(scope="module")
def copied(tmp_path_factory):
    return copy_repository(tmp_path_factory.mktemp("fetched") / "repository")


def test_a_set_is_fetched_before_it_is_prepared_and_never_by_a_dry_run(copied, tmp_path):
    folder = tmp_path / "run"
    wanted = {"fetch": 1, "prepare_dataset": 1, "list_images": 1}
    assert planned(copied, folder, *SHARDS, config=CONFIG) == wanted
    assert not (folder / "data").exists()


def test_a_set_that_is_there_is_not_fetched(copied, tmp_path):
    folder = tmp_path / "run"
    for name in fetched_files("mnist"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"put here by hand")
    wanted = {"prepare_dataset": 1, "list_images": 1}
    assert planned(copied, folder, *SHARDS, config=CONFIG) == wanted
