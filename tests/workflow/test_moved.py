"""Results that were copied, with Snakemake's record of them or without it."""

import os
import shutil

import numpy as np
import pytest
from test_reruns import METRICS
from workflow_runs import planned, snakemake

from beyond_blur.storage import moved_results

K4 = {"evaluation": {"nearest_k": 4}}


@pytest.fixture
def fresh(repository, tmp_path):
    """A fresh clone: no file has the date that it had elsewhere."""
    place = tmp_path / "somebody else's/clone"
    shutil.copytree(repository, place, copy_function=shutil.copyfile)
    return place


def copied(finished, folder, copy=shutil.copy2):
    """The results alone."""
    shutil.copytree(finished / "results", folder / "results", copy_function=copy)
    return folder


def test_a_copy_in_another_place_has_nothing_to_do_and_sees_changes(fresh, finished, tmp_path):
    place = tmp_path / "copy"
    shutil.copytree(finished, place, copy_function=shutil.copy2)
    assert planned(fresh, place) == {}
    assert planned(fresh, place, config=K4) == METRICS


def test_results_alone_in_a_fresh_clone_have_nothing_to_do_and_say_so(fresh, finished):
    """The working folder is the clone itself, as a user has it."""
    done = snakemake(fresh, copied(finished, fresh), "-n")
    assert done.returncode == 0 and "Nothing to be done" in done.stdout + done.stderr
    assert moved_results.LINE in done.stderr + done.stdout


@pytest.mark.slow
def test_results_without_dates_and_record_are_taken_as_they_are(fresh, finished):
    place = copied(finished, fresh, shutil.copyfile)
    table = (place / "results/table1.csv").read_bytes()
    done = snakemake(fresh, place, "--touch", "--forceall")
    assert done.returncode == 0 and moved_results.LINE not in done.stderr, done.stderr
    assert planned(fresh, place) == {}
    assert planned(fresh, place, config=K4) == METRICS, "the record is whole again"
    assert (place / "results/table1.csv").read_bytes() == table


def test_a_dataset_may_move_and_have_another_date(repository, tmp_path):
    run, targets = tmp_path / "run", ("--", "results/data/mine/train/shards.json")
    images = np.random.default_rng(0).integers(0, 255, (2000, 28, 28), np.uint8)
    np.savez(tmp_path / "a.npz", images=images)

    def of(name):
        path = str(tmp_path / name)
        dataset = {"name": "mine", "kind": "npz", "path": path, "channels": 1}
        return {"dataset": dataset, "evaluation": {"extractor": "random"}}  # there are no labels

    done = snakemake(repository, run, *targets[1:], config=of("a.npz"))
    assert done.returncode == 0, done.stderr
    os.utime(tmp_path / "a.npz")
    assert planned(repository, run, *targets, config=of("a.npz")) == {}
    (tmp_path / "a.npz").rename(tmp_path / "b.npz")
    assert planned(repository, run, *targets, config=of("b.npz")) == {}
    np.savez(tmp_path / "b.npz", images=255 - images)
    again = planned(repository, run, *targets, config=of("b.npz"))
    assert again == {"prepare_dataset": 1, "list_images": 1}
