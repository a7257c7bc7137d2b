"""What an edit of the code makes again: the stages that reach the edited definition, no others."""

import shutil
from pathlib import Path

import pytest
from test_reruns import METRICS, OF_METRICS, OF_TABLE, SAMPLES
from workflow_runs import ROOT, another_layout, edited, planned, snakemake


def test_comments_docstrings_and_layout_make_nothing_again(repository, finished):
    sources = sorted((repository / "src/beyond_blur").rglob("*.py"))
    before = {path: path.read_text() for path in sources}
    try:
        for path, text in before.items():
            path.write_text(another_layout(text))
        assert planned(repository, finished) == {}
    finally:
        for path, text in before.items():
            path.write_text(text)


@pytest.mark.parametrize(
    ("root", "first"),
    [
        ("metrics.prdc:precision_recall_density_coverage", "sample_metrics"),
        ("rendering.tables:table", "table"),
        ("network.unet:UNet", "train"),
        ("sampling.drawing:draw", "sample"),
        ("lbm.units:rms_speed", "cache_pairs"),
        ("data.preparation:prepare", "prepare_dataset"),
        ("rendering.image_grids:sample_grids", "figure_samples"),
    ],
)
def test_a_changed_module_reruns_its_stages(repository, finished, root, first):
    with edited(repository, root):
        again = planned(repository, finished)
    order = ["prepare_dataset", "cache_pairs", "train", "sample", "sample_metrics", "table"]
    assert first in again
    earlier = order[: order.index(first)] if first in order else order
    assert not set(earlier) & set(again), "a stage before the change is planned again"


def test_an_edit_of_a_metric_makes_metrics_and_table_again(repository, finished):
    with edited(repository, "metrics.kid:kernel_distance"):
        assert planned(repository, finished) == METRICS


def test_an_edit_of_the_sampler_makes_samples_and_what_follows_again(repository, finished):
    with edited(repository, "sampling.drawing:draw"):
        again = planned(repository, finished)
    assert again == {k: n for k, n in SAMPLES.items() if k in again}
    assert {"sample", "sample_features", *OF_METRICS, *OF_TABLE} <= set(again)


def test_a_file_of_ones_own_counts_by_its_code(repository, tmp_path):
    """Its date and its comments make nothing again, its code everything that it had a part in."""
    file = tmp_path / "own.py"
    file.write_text((ROOT / "docs/own_process.py").read_text())
    own = {"kind": "own", "file": str(file), "class_name": "Pixelation"}
    config, run = {"processes": [own]}, tmp_path / "run"
    target = "results/checkpoints/tiny/own/weights.safetensors"
    done = snakemake(repository, run, target, config=config)
    assert done.returncode == 0, done.stderr
    file.write_text(file.read_text() + "\n# A comment.\n")
    assert planned(repository, run, "--", target, config=config) == {}
    file.write_text(file.read_text() + "\nCHANGED = True\n")
    assert planned(repository, run, "--", target, config=config) == {"train": 1}


def test_touch_takes_results_as_they_are(repository, a_copy):
    """Snakemake 9.27.1 keeps the params of a rule whose outputs it only touches."""
    with edited(repository, "metrics.kid:kernel_distance"):
        assert planned(repository, a_copy) == METRICS
        table = (a_copy / "results/table1.csv").read_bytes()
        done = snakemake(repository, a_copy, "--touch")
        assert done.returncode == 0, done.stderr
        assert planned(repository, a_copy) == {}
        assert (a_copy / "results/table1.csv").read_bytes() == table


def test_a_clone_and_its_results_may_move(repository, finished, tmp_path):
    folders = [tmp_path / "elsewhere/clone", tmp_path / "elsewhere/results"]
    for old, new in zip((repository, finished), folders, strict=True):
        shutil.copytree(old, new, copy_function=shutil.copy2)
    assert planned(*folders) == {}


def test_no_rule_has_source_files_for_inputs():
    for path in (ROOT / "workflow/rules").glob("*.smk"):
        assert "        code=sources(" not in path.read_text(), Path(path).name
