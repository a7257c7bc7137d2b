"""Several trainings of every process in one run: the first stays, others have their own files."""

import csv

import pytest
from safetensors import safe_open
from test_reruns import OF_METRICS
from workflow_runs import planned, snakemake

SEEDS = {"training": {"seeds": [0, 1]}}
PROCESSES = ("advection_diffusion-pe0", "advection_diffusion-pe0.1")


def test_another_training_seed_adds_its_networks_and_touches_none_that_is_there(
    repository, finished
):
    assert planned(repository, finished, config=SEEDS) == {
        "train": 2, "sample": 4, "sample_features": 4, "sample_metrics": 4, **OF_METRICS,
    }  # fmt: skip


def test_figures_show_the_first_training_seed(repository, finished):
    again = planned(repository, finished, config={"training": {"seeds": [1, 0]}})
    assert again["trajectory"] == again["neighbours"] == 2 and again["train"] == 2
    assert {"figure_samples", "figure_strips", "figure_loss"} <= set(again)
    assert not {"cache_pairs", "terminal_states", "train_classifier"} & set(again)


@pytest.mark.slow
def test_two_trainings_differ_and_the_table_has_the_spread_of_both(repository, a_copy):
    first = [a_copy / f"results/checkpoints/tiny/{name}/weights.safetensors" for name in PROCESSES]
    before = [path.read_bytes() for path in first]
    done = snakemake(repository, a_copy, config=SEEDS)
    assert done.returncode == 0, done.stderr
    assert [path.read_bytes() for path in first] == before
    others = [path.parent.with_name(f"{path.parent.name}-training1") / path.name for path in first]
    for one, other in zip(first, others, strict=True):
        with safe_open(one, "np") as a, safe_open(other, "np") as b:
            names = [name for name in a.keys() if a.get_tensor(name).size > 100]  # noqa: SIM118
            assert names
            assert not any((a.get_tensor(n) == b.get_tensor(n)).all() for n in names)
    with (a_copy / "results/table1.csv").open() as file:
        rows = list(csv.DictReader(file))
    counts = {row["images"]: (row["n_trainings"], row["n_seeds"]) for row in rows}
    assert counts == {
        "samples": ("2", "2"), "prior": ("0", "2"), "one_step": ("2", "2"), "train": ("0", "2"),
    }  # fmt: skip
    assert planned(repository, a_copy, config=SEEDS) == {}
