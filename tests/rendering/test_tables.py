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


@pytest.mark.parametrize("extractor", ["classifier", "inception", "inception-clean"])
def test_only_inception_numbers_are_called_fid(extractor):
    frame = tables.table([row(extractor=extractor), row(extractor=extractor, seed=1)])
    is_fid = extractor.startswith("inception")
    assert frame["fid"].notna().all() == is_fid
    assert frame["frechet_distance"].isna().all() == is_fid
    for name, other in catalogue.inception_names().items():
        assert frame[name].notna().all() == is_fid
        assert frame[other].notna().all() != is_fid
    for text in (tables.to_markdown(frame), tables.to_latex(frame), tables.to_terminal(frame)):
        assert ("FID" in text.replace("(not FID)", "")) == is_fid
        assert extractor in text


def test_the_best_process_is_marked_and_the_ceiling_does_not_compete():
    text = tables.to_markdown(tables.table(ROWS))
    lines = text.splitlines()
    assert "**0.600 ± 0.141**" in lines[3]
    assert "**" not in lines[2] and "**" not in lines[5]
    assert text.count("**") == 10  # five metrics


def test_latex_is_balanced_and_escaped():
    text = tables.to_latex(tables.table([row(process="a_b")]))
    assert text.count("{") == text.count("}")
    assert r"a\_b" in text
    assert text.count(r"\\") == 2  # head and one row


def test_held_out_priors_are_rows_of_their_own_and_do_not_compete():
    frame = tables.table([row(copy_share=0.125), *HELD_OUT])
    assert frame["process"].tolist() == [
        "flow", "flow (held-out prior)", "corrupted prior, flow (held-out prior)"
    ]  # fmt: skip
    assert frame["reference"].tolist() == ["held_out", "train", "train"]
    text = tables.to_markdown(frame)
    lines = text.splitlines()
    assert "**" in lines[2] and "**" not in lines[3]
    assert lines[2].endswith("| 0.125 |") and lines[3].endswith("| 0.200 |")
    assert "corrupted prior" not in text, "floors of held-out priors are in the CSV only"
    assert "as many training images" in text


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


def test_few_samples_are_said_under_the_table():
    few = tables.to_terminal(tables.table([row(feature_dim=2048)]))
    assert "Only 9 images for 2048 feature dimensions: the distance is mostly bias" in few
    assert "mostly bias" not in tables.to_terminal(tables.table([row()]))


def test_the_papers_numbers_stand_beside_ours_on_its_preset_only():
    frame = tables.table([row(extractor="inception"), row("train", None, None, prior=None,
                                                          extractor="inception")])  # fmt: skip
    text = tables.to_markdown(frame, "ffhq128")
    assert "| paper | 0.06 | 36.64 | 0.826 | 0.243 | 1.040 | 0.665 |" in text
    assert "| paper, IHD | 0 | 55.87 |" in text
    assert "ICCV 2025, Table 1" in text and "neither the k" in text
    assert text.splitlines()[-3].startswith(f"| {tables.CEILING}")
    assert all(
        "paper" not in tables.to_markdown(frame, of) for of in ("digits", "ffhq128, smoke run")
    )
    assert tables.note(frame, "ffhq128, smoke run").startswith("A smoke run: ")
    other = tables.to_markdown(tables.table([row()]), "ffhq128")
    assert "36.64" not in other, "an FID does not stand in another distance's column"


def test_csv_is_the_same_for_the_same_numbers():
    assert tables.to_csv(tables.table(ROWS)) == tables.to_csv(tables.table(list(ROWS)))
