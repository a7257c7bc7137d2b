"""Intervals and tests beside the table: which rows, which runs, and what the page says."""

import csv
import json

import numpy as np
import pandas as pd
import pytest
from table_rows import EVERY_ROW, ROWS, row

from beyond_blur import cli
from beyond_blur.analysis.comparison import holm, welch
from beyond_blur.rendering import comparisons
from beyond_blur.storage import records

VALUES = {0.0: (0.40, 0.42, 0.41), 0.1: (0.50, 0.58, 0.54), 0.2: (0.40, 0.43, 0.42)}
TRAININGS = [
    row(peclet=peclet, value=value, training_seed=training)
    for peclet, values in VALUES.items()
    for training, value in enumerate(values)
]


def one(frame, **wanted):
    found = frame
    for name, value in wanted.items():
        found = found[found[name] == value]
    assert len(found) == 1
    return found.iloc[0]


def test_every_pair_is_tested_in_every_printed_metric_and_corrected_for_their_number():
    found = comparisons.tests(TRAININGS)
    assert len(found) == 3 * 5  # pairs, and distance, precision, recall, density, coverage
    pair = one(found, metric="recall", peclet=0.0, other_peclet=0.1)
    assert pair["p"] == pytest.approx(welch(np.array(VALUES[0.0]), np.array(VALUES[0.1])))
    assert pair["difference"] == pytest.approx(0.41 - 0.54)
    assert (pair["n_runs"], pair["other_n_runs"], pair["runs"]) == (3, 3, "trainings")
    assert found["p_holm"].tolist() == pytest.approx(holm(found["p"].tolist()))


def test_a_training_counts_with_its_mean_over_sampling_seeds():
    twice = [{**one, "seed": seed} for one in TRAININGS for seed in (0, 1)]
    found, once = comparisons.tests(twice), comparisons.tests(TRAININGS)
    pd.testing.assert_series_equal(found["p"], once["p"])


def test_rows_against_other_references_and_floors_are_not_tested():
    found = comparisons.tests(EVERY_ROW)
    assert set(found["process"]) | set(found["other"]) == {"flow", "ddpm"}
    assert set(found["runs"]) == {"sampling seeds"}


def test_one_run_has_no_interval_and_no_test():
    rows = [row(peclet=0.0), row(peclet=0.1, value=0.6)]
    assert comparisons.tests(rows)[["p", "p_holm"]].isna().all(axis=None)
    found = comparisons.intervals(rows)
    assert found[["low", "high"]].isna().all(axis=None) and set(found["n_runs"]) == {1}


def test_an_interval_holds_the_mean_and_lies_among_the_runs():
    found = comparisons.intervals(TRAININGS)
    line = one(found, metric="coverage", peclet=0.1)
    assert line["mean"] == pytest.approx(0.54)
    assert 0.50 <= line["low"] < 0.54 < line["high"] <= 0.58
    assert one(found, metric="frechet_distance", peclet=0.1)["image_error"] == pytest.approx(0.2)
    assert np.isnan(line["image_error"])
    pd.testing.assert_frame_equal(found, comparisons.intervals(TRAININGS))


def test_every_row_of_the_table_has_intervals():
    found = comparisons.intervals(EVERY_ROW)
    assert {"flow", "ddpm", "corrupted prior, flow", "held-out against train"} <= set(
        found["process"]
    )


def test_only_inceptions_distances_are_called_fid():
    found = comparisons.tests([{**one, "extractor": "inception"} for one in TRAININGS])
    assert "fid" in set(found["metric"]) and "frechet_distance" not in set(found["metric"])


def test_the_page_says_how_many_tests_it_corrects_for():
    text = comparisons.to_markdown(comparisons.intervals(TRAININGS), comparisons.tests(TRAININGS))
    assert "correction for all 15 tests" in text and "| recall | flow | 0 | flow | 0.1 |" in text
    assert "0.410" in text and "3 trainings" in text


def test_the_verb_writes_all_three_under_one_seal(tmp_path):
    records.save(tmp_path / "m.json", {"rows": ROWS}, kind="metrics", spec={})
    out = {name: str(tmp_path / f"t_{name}") for name in ("tests.csv", "intervals.csv", "tests.md")}
    cli.main(["compare_rows", "--metrics", str(tmp_path / "m.json"), "--csv", out["tests.csv"],
              "--intervals", out["intervals.csv"], "--markdown", out["tests.md"]])  # fmt: skip
    with (tmp_path / "t_tests.csv").open() as file:
        lines = list(csv.DictReader(file))
    assert [line["metric"] for line in lines][:2] == ["precision", "recall"]
    manifest = json.loads((tmp_path / "t_tests.manifest.json").read_text())
    assert set(manifest["files"]) == {"t_tests.csv", "t_intervals.csv", "t_tests.md"}
