"""Every preset of the papers, full and as a smoke run, is planned whole from its owners' files.

The files are made here and hold next to nothing: planning looks at names and headers.
"""

import numpy as np
import pytest
from workflow_runs import copy_repository, environment, planned, snakemake

from beyond_blur.config import load_experiment, plan
from beyond_blur.features.weights_place import INCEPTION_FILE
from data.owners_files import cifar, write_tar
from data.pictures import write_idx

pytestmark = pytest.mark.workflow

MOST_SHARDS = 140
"""Of a preset's shards; a split needs as many images."""

FIGURES = ("contact_sheet", "data_set", "loss", "samples", "strips", "metrics", "amplitude",
           "neighbours", "precision_recall", "fid_against_n", "spectrum", "profiles", "photograph",
           "teaser", "restored", "mean_colours", "terminal_knowledge", "streamlines",
           "peclet_row", "pipeline")  # fmt: skip
TRAINED = {"classifier": "train_classifier", "self-supervised": "train_encoder"}


def mnist(folder):
    folder.mkdir()
    for part, n in (("train", 90), ("t10k", 30)):
        write_idx(folder / f"{part}-images-idx3-ubyte.gz", np.zeros((n, 28, 28), np.uint8))
        write_idx(folder / f"{part}-labels-idx1-ubyte.gz", np.zeros(n, np.uint8))
    return folder


def touched(folder, *places):
    """Pictures in name only, as many in each place as the presets have shards."""
    for place, first in places:
        (folder / place).mkdir(parents=True)
        for i in range(first, first + MOST_SHARDS):
            (folder / place / f"{i:05d}.png").touch()
    return folder


def afhq(folder):
    return touched(folder, ("train/cat", 0), ("train/dog", 0), ("val/cat", 0))


def ffhq(folder):
    return touched(folder, ("00000", 0), ("60000", 60_000))


def cifar10(folder):
    path = folder.with_suffix(".tar.gz")
    write_tar(path, cifar("binary")[0])
    return path


def lsun(folder):
    lmdb = pytest.importorskip("lmdb")
    with lmdb.open(str(folder), map_size=2**20) as database, database.begin(write=True) as writing:
        writing.put(b"a", b"a picture in name only")
    return folder


PRESETS = {"mnist": mnist, "fashion_mnist": mnist, "cifar10": cifar10, "afhq64": afhq,
           "afhq256": afhq, "ffhq128": ffhq, "ffhq256": ffhq, "lsun_church128": lsun}  # fmt: skip


@pytest.fixture(scope="module")
def owners(tmp_path_factory):
    """The owners' files of a preset, made once."""
    folder, made = tmp_path_factory.mktemp("owners"), {}

    def of(preset):
        if preset not in made:
            made[preset] = str(PRESETS[preset](folder / preset))
        return made[preset]

    return of


@pytest.fixture(scope="module")
def copied(tmp_path_factory):
    return copy_repository(tmp_path_factory.mktemp("presets") / "repository")


@pytest.fixture
def weights(tmp_path, monkeypatch):
    """Something where Inception's weights belong, which planning does not read."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    place = tmp_path / "hub/checkpoints" / INCEPTION_FILE
    place.parent.mkdir(parents=True)
    place.write_bytes(b"weights")


def expected(experiment):
    """Jobs of each rule but figures, by what the experiment compares."""
    names, seeds = plan.names(experiment), len(experiment.sampling.seeds)
    flows = sum(process.trains_on == "pairs" for process in experiment.processes)
    trained = TRAINED.get(experiment.evaluation.extractor)
    return {
        "prepare_dataset": 1, "list_images": 2, "describe_dataset": 1, "align_levels": 1,
        "cache_pairs": flows * experiment.dataset.shards, "list_pairs": flows,
        "terminal_states": flows * experiment.dataset.shards, "list_states": flows,
        "train": len(names), "trajectory": len(names), "neighbours": len(names),
        "sample": len(names) * seeds, "sample_features": len(names) * seeds,
        "sample_metrics": len(names) * seeds, "real_features": 2, "real_metrics": seeds,
        "amplitude": len(plan.corrupting(experiment)), "terminal_amplitude": 1, "table": 1,
        "mean_colours": 1,
        "film_reverse": 1, "compare_rows": 1, **({trained: 1} if trained else {}),
    }  # fmt: skip


@pytest.mark.parametrize("smoke", [True, False])
@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_is_planned_from_its_owners_files(
    preset, smoke, owners, copied, tmp_path, weights
):
    config = {"preset": preset, "smoke": smoke, "dataset": {"path": owners(preset)}}
    jobs = planned(copied, tmp_path / "run", "--nolock", config=config)
    figures = {name: jobs.pop(name) for name in list(jobs) if name.startswith("figure_")}
    assert jobs == expected(load_experiment(config))
    assert set(figures) == {f"figure_{name}" for name in FIGURES} and set(figures.values()) == {1}


def test_a_smoke_run_says_so_and_a_full_preset_asks_for_weights_first(owners, copied, tmp_path):
    env = environment(copied, TORCH_HOME=str(tmp_path / "empty"))
    config = {"preset": "ffhq128", "dataset": {"path": owners("ffhq128")}}
    done = snakemake(copied, tmp_path / "full", "-n", config=config, env=env)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    refused = [line for line in done.stderr.splitlines() if "config error" in line]
    assert len(refused) == 1 and "evaluation.weights" in refused[0] and "classifier" in refused[0]
    done = snakemake(
        copied, tmp_path / "small", "-n", "-q", "rules", config={**config, "smoke": True}, env=env
    )
    assert done.returncode == 0, done.stderr
    said = done.stdout + done.stderr  # a dry run logs to the former
    assert said.count("Smoke run of preset ffhq128") == 1
    assert "evaluation.extractor: self-supervised" in said
