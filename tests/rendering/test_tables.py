"""Tables say what was measured, and call it by its right name."""

import numpy as np
import pytest
from table_rows import HELD_OUT, ROWS, row

from beyond_blur.metrics import catalogue
from beyond_blur.rendering import tables


def test_rows_are_means_and_spreads_over_seeds():
    frame = tables.table(ROWS)
    assert frame["process"].tolist() == ["flow", "flow", "corrupted prior, flow", tables.CEILING]
    assert frame["peclet"].tolist()[:2] == [0.0, 0.1]
    assert frame["coverage"].tolist() == pytest.approx([0.4, 0.6, 0.1, 0.9])
    assert frame["coverage_std"].tolist()[:2] == pytest.approx([0, np.std([0.5, 0.7], ddof=1)])
    assert frame["n_seeds"].tolist() == [2, 2, 2, 2]


def test_columns_are_the_promised_ones_in_order():
    head = tables.to_csv(tables.table(ROWS)).splitlines()[0].split(",")
    assert head[:7] == ["process", "peclet", "fid", "precision", "recall", "density", "coverage"]
    assert head[7] == "frechet_distance"
    assert head[-5:] == ["n_seeds", "n_samples", "n_reference", "extractor", "nearest_k"]
    assert head.index("peclet") == 1 and "prior" in head[8:-5]


def test_held_out_priors_are_rows_of_their_own():
    frame = tables.table([row(copy_share=0.125), *HELD_OUT])
    assert frame["process"].tolist() == [
        "flow", "flow (held-out prior)", "corrupted prior, flow (held-out prior)"
    ]  # fmt: skip
    assert frame["reference"].tolist() == ["held_out", "train", "train"]


@pytest.mark.parametrize("extractor", ["classifier", "inception", "inception-clean"])
def test_only_inceptions_distances_have_a_value_under_their_names(extractor):
    frame = tables.table([row(extractor=extractor), row(extractor=extractor, seed=1)])
    is_fid = extractor.startswith("inception")
    for name, other in catalogue.inception_names().items():
        assert frame[name].notna().all() == is_fid
        assert frame[other].notna().all() != is_fid


def test_every_kind_of_row_has_its_place():
    rows = [
        row("train", process=None, peclet=None, prior=None),
        row("one_step"),
        row("prior"),
        row(process="ddpm", peclet=None, prior="noise"),
        row(),
    ]
    assert tables.table(rows)["process"].tolist() == [
        "ddpm", "flow", "corrupted prior, flow", "one-step reconstruction, flow", tables.CEILING
    ]  # fmt: skip


def test_csv_is_the_same_for_the_same_numbers():
    assert tables.to_csv(tables.table(ROWS)) == tables.to_csv(tables.table(list(ROWS)))
