"""What a change of the configuration, of a result or of a file's date makes again."""

import os

import pytest
from workflow_runs import planned, snakemake

from beyond_blur.rendering.figures import FIGURES


def figures_of(*inputs):
    """The rules of the figures that every run draws from some kinds of inputs."""
    drawn = [name for name, entry in FIGURES.items() if entry.always and entry.inputs in inputs]
    return {f"figure_{name}": 1 for name in drawn}


OF_TABLE = {"table": 1, **figures_of("table")}
OF_METRICS = {**OF_TABLE, "compare_rows": 1, **figures_of("metrics")}
METRICS = {"sample_metrics": 4, "real_metrics": 2, **OF_METRICS, **figures_of("stages")}
SAMPLES = {"sample": 4, "trajectory": 2, "sample_features": 4, "sample_metrics": 4,
           "neighbours": 2, **OF_METRICS,
           "mean_colours": 1, "film_reverse": 1,
           **figures_of("neighbours", "samples", "starts", "stages", "trajectories",
                        "teaser")}  # fmt: skip


def test_a_second_run_has_nothing_to_do(repository, finished):
    done = snakemake(repository, finished)
    assert done.returncode == 0
    assert "Nothing to be done" in done.stdout + done.stderr


def test_a_dry_run_is_quick(repository, finished):
    """In seconds of the processor: others use the machine, too. The benchmark states the time."""
    start = os.times()
    assert planned(repository, finished) == {}
    taken = os.times()
    assert sum(taken[2:4]) - sum(start[2:4]) < 15


def test_another_nearest_k_redoes_metrics_and_table(repository, finished):
    assert planned(repository, finished, config={"evaluation": {"nearest_k": 4}}) == METRICS


@pytest.mark.parametrize("changed", [{"delta": 0.02}, {"delta_spectrum": 1.0}])
def test_another_delta_or_its_colour_redoes_samples_and_later(repository, finished, changed):
    assert planned(repository, finished, config={"sampling": changed}) == SAMPLES


def test_another_seed_adds_its_samples(repository, finished):
    assert planned(repository, finished, config={"sampling": {"seeds": [0, 1, 2]}}) == {
        "sample": 2, "sample_features": 2, "sample_metrics": 2, "real_metrics": 1, **OF_METRICS,
    }  # fmt: skip


def test_another_peclet_number_adds_its_branch_and_touches_no_other(repository, finished):
    processes = [{"kind": "advection_diffusion", "peclet": [0.0, 0.1, 0.2]}]
    assert planned(repository, finished, config={"processes": processes}) == {
        "cache_pairs": 2, "terminal_states": 2, "list_pairs": 1, "list_states": 1, "train": 1,
        "sample": 2, "trajectory": 1,
        "sample_features": 2, "sample_metrics": 2, **OF_METRICS,
        **figures_of("samples", "starts", "trajectories", "histories", "neighbours", "amplitude",
                     "teaser"),
        "mean_colours": 1, "neighbours": 1, "amplitude": 1, "terminal_amplitude": 1,
        "film_reverse": 1,
        **figures_of("processes", "terminal_states", "stages", "flow", "peclets"),
        "align_levels": 1,
    }  # fmt: skip


def test_the_study_is_a_target_that_leaves_the_rest_alone(repository, finished):
    study = planned(repository, finished, "--", "study", config={"study": {"peclet": [0.1]}})
    assert study == {
        "cache_pairs": 6, "terminal_states": 12, "list_pairs": 3, "list_states": 6, "train": 7,
        "sample": 24, "sample_features": 24,
        "sample_metrics": 24, "amplitude": 5, "study_amplitude": 1, "figure_study_amplitude": 1,
        "study_table": 1, "study_tests": 1, "figure_study": 1, "study": 1,
    }  # fmt: skip
    assert planned(repository, finished, config={"study": {"peclet": [0.1]}}) == {}


def test_the_format_of_the_cache_redoes_what_was_made_of_it(repository, finished):
    again = planned(repository, finished, config={"corruption": {"dtype": "float16"}})
    assert again == {
        "cache_pairs": 4,
        "list_pairs": 2,
        "train": 2,
        **figures_of("histories"),
        **SAMPLES,
    }


def test_more_iterations_redo_training_and_later(repository, finished):
    again = planned(repository, finished, config={"training": {"iterations": 7}})
    assert again == {"train": 2, **figures_of("histories"), **SAMPLES}


def test_how_a_finished_network_is_followed_does_not_train_it_again(repository, finished):
    """Snakemake keeps no record of a param whose function takes ``threads`` (derived params)."""
    training = {"checkpoint_every": 1, "max_skipped": 3, "watch_every": 2, "watch_images": 5,
                "tensorboard": True, "gradient_checkpointing": True, "devices": 2}  # fmt: skip
    assert planned(repository, finished, config={"training": training}) == {}


def test_threads_of_the_corruption_change_nothing(repository, finished):
    assert planned(repository, finished, config={"corruption": {"threads": 2}}) == {}


def test_a_touched_file_reruns_nothing(repository, a_copy):
    (repository / "src/beyond_blur/network/unet.py").touch()
    (a_copy / "results/data/tiny/train/shard-0.safetensors").touch()
    (a_copy / "results/corruption/tiny/advection_diffusion-pe0/shard-0.safetensors").touch()
    assert planned(repository, a_copy) == {}


def test_a_deleted_result_is_remade_and_the_same(repository, a_copy):
    table = a_copy / "results/table1.csv"
    before = table.read_bytes()
    table.unlink()
    assert planned(repository, a_copy) == OF_TABLE
    features = a_copy / "results/features/classifier/tiny/advection_diffusion-pe0/train"
    (features / "seed-0.safetensors").unlink()
    done = snakemake(repository, a_copy, "results/table1.csv")
    assert done.returncode == 0, done.stderr
    assert table.read_bytes() == before


def test_forcerun_plans_the_rule_and_what_follows(repository, finished):
    again = planned(repository, finished, "--forcerun", "train_classifier")
    assert again["train_classifier"] == 1
    assert {"real_features", "sample_features", "table"} <= set(again)
    assert not {"train", "sample"} & set(again)
