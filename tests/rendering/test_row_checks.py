"""A table is made of rows that are whole, each once, all measured alike and of the same seeds."""

import json
import re

import numpy as np
import pytest
from table_rows import EVERY_ROW, ROWS, row

from beyond_blur import cli
from beyond_blur.config import load_experiment, rule_specs, to_json_values
from beyond_blur.rendering import network_calls, tables
from beyond_blur.rendering.row_checks import check_rows, metrics_fault
from beyond_blur.storage import records

WANTED = [
    ("flow", 0.0, "train", 0, 0),
    ("flow", 0.0, "train", 0, 1),
    ("flow", 0.1, "train", 0, 0),
    ("flow", 0.1, "train", 0, 1),
    (None, None, None, None, 0),
    (None, None, None, None, 1),
]


def without(name, of=None):
    return {key: value for key, value in (of or row()).items() if key != name}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"precision": float("nan")}, "precision is nan, which is not finite"),
        ({"recall": float("inf")}, "recall is inf, which is not finite"),
        ({"precision": 7}, "precision is 7, outside its range 0 to 1"),
        ({"coverage": -0.001}, "coverage is -0.001, outside its range 0 to 1"),
        ({"density": -1e-9}, "density is -1e-09, outside its range from 0 up"),
        ({"frechet_distance": -1.0}, "frechet_distance is -1, outside its range from 0 up"),
        ({"frechet_infinity": float("-inf")}, "frechet_infinity is -inf"),
        ({"kernel_standard_error": -0.1}, "kernel_standard_error is -0.1, outside"),
        ({"copy_share": 1.2}, "copy_share is 1.2, outside its range 0 to 1"),
        ({"precision": "0.5"}, "precision is '0.5', which is no number"),
        ({"precision": True}, "precision is True, which is no number"),
        ({"precision": None}, "precision is missing"),
        ({"n_samples": 0}, "n_samples is 0, outside its range from 1 up"),
        ({"n_samples": 9.5}, "n_samples is 9.5, which is no whole number"),
        ({"n_reference": -3}, "n_reference is -3, outside"),
        ({"seed": "0"}, "seed is '0', which is no number"),
        ({"peclet": float("nan")}, "peclet is nan, which is not finite"),
        ({"peclet": -1}, "peclet is -1, outside"),
        ({"images": "sample"}, "images is 'sample', which is none of samples, prior"),
        ({"reference": 3}, "reference is 3, which is no text"),
        ({"process": None}, "process is None where images is 'samples'"),
        ({"frechet_by_size": [1.0]}, "frechet_sizes and frechet_by_size differ"),
        ({"frechet_by_size": [1.0, float("nan")]}, "frechet_by_size holds a value that is nan"),
        ({"frechet_sizes": []}, "frechet_sizes is no list of numbers"),
    ],
)
def test_a_value_that_cannot_be_is_named(changes, words):
    assert words in metrics_fault(row(**changes))
    with pytest.raises(ValueError, match=re.escape(words)):
        tables.table([row(), row(**{"seed": 1, **changes})])


@pytest.mark.parametrize("name", [
    "images", "reference", "extractor", "process", "peclet", "prior", "training_seed", "seed",
    "nearest_k", "n_samples", "n_reference", "feature_dim", "frechet_distance", "precision",
    "recall", "density", "coverage", "kernel_distance", "kernel_standard_error", "frechet_sizes",
    "frechet_by_size",
])  # fmt: skip
def test_a_key_that_is_flipped_is_a_value_that_is_missing(name):
    flipped = {**without(name), name.swapcase(): row()[name]}
    assert metrics_fault(flipped).startswith(name)


def test_what_may_lack_and_what_may_be_beyond_one_passes():
    few = row(frechet_infinity=None, frechet_sizes=[3], frechet_by_size=[0.0], density=1.8,
              kernel_distance=-1e-9, frechet_distance=0.0, precision=1, recall=0)  # fmt: skip
    check_rows([few])
    check_rows([row(copy_share=0.0, copy_share_pixels=1.0)])
    check_rows(EVERY_ROW)


@pytest.mark.parametrize("rows", [[3], [None], ["x"], [{}], [[]]])
def test_what_is_no_row_is_refused(rows):
    with pytest.raises(ValueError, match="row"):
        check_rows(rows)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "there are no rows"),
        ([*ROWS, row(peclet=0.1, seed=1)], "flow, Pe = 0.1, prior train, seed 1 comes twice"),
        (ROWS[1:], "flow, Pe = 0.1, prior train has no row of seed 0, which others have"),
        ([*ROWS, row(peclet=0.2)], "flow, Pe = 0.2, prior train has no row of seed 1"),
        (ROWS[:-1], "real images has no row of seed 1"),
        ([row(), row(seed=1, extractor="random")], "has extractor random and flow.* classifier"),
        ([row(), row(process="b", nearest_k=3)], "has nearest_k 3 and"),
        ([row(), row(seed=1, n_samples=9)], "has n_samples 9 and .* they are not of one mean"),
        ([row(), row(seed=1, reference="train")], "has reference train"),
        ([row(), row(seed=1, prior="noise")], "has prior noise and .* train"),
        ([row(), row(seed=1, frechet_sizes=[4, 10])], r"has frechet_sizes \[4, 10\]"),
        ([row(copy_share=0.5), row(seed=1)], "seed 1 has no copy_share and seed 0 has one"),
        ([row(), row(seed=1, copy_share=0.5)], "seed 0 has no copy_share and seed 1 has one"),
    ],
)
def test_rows_that_a_table_would_be_wrong_of_are_refused(rows, words):
    with pytest.raises(ValueError, match=words):
        tables.table(rows)


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ([*WANTED, ("flow", 0.2, "train", 0, 0)], "flow, Pe = 0.2, prior train, seed 0 is missing"),
        ([*WANTED, *(("b", None, "noise", 0, seed) for seed in (0, 1))], "b.*1 more.* is missing"),
        ([*WANTED, ("flow", 0.1, "train", 2, 0)], "prior train, training seed 2, seed 0 is miss"),
        (WANTED[1:], "flow, Pe = 0, prior train, seed 0 is not of this table"),
        ([*WANTED, WANTED[0]], "flow, Pe = 0, prior train, seed 0 is wanted twice"),
        (WANTED[:-1], "real images, seed 1 is not of this table"),
    ],
)
def test_what_is_wanted_is_there_once_and_nothing_else(wanted, words):
    assert len(tables.table(ROWS, WANTED)) == 4
    with pytest.raises(ValueError, match=words):
        tables.table(ROWS, wanted)


SPEC = {
    "samples": to_json_values(
        rule_specs.sampling_spec(load_experiment({"preset": "tiny"}), "advection_diffusion-pe0")
    )
}


def files_of(folder, contents, kind="metrics"):
    paths = [folder / f"{i}.json" for i in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        if isinstance(content, dict):
            records.save(path, content, kind=kind, spec=SPEC)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content))
    return list(map(str, paths))


TABLE = [
    "--csv",
    "t.csv",
    "--markdown",
    "t.md",
    "--latex",
    "t.tex",
    "--html",
    "t.html",
    "--text",
    "t.txt",
]


@pytest.mark.parametrize(
    "command",
    [
        ["table", "--metrics", "FILES", *TABLE],
        ["figure", "fid_against_n", "--inputs", "FILES", "--png", "a.png", "--pdf", "a.pdf"],
        ["steps", "--metrics", "FILES", "--calls", "1", "2", "--csv", "t.csv"],
        ["terminal_amplitude", "--inputs", "FILES", "--csv", "t.csv"],
    ],
    ids=lambda command: command[0],
)
@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({}, "holds no rows"),
        ("[]", "is not a file of this project"),
        ("3", "is not a file of this project"),
        ({"rows": []}, "holds no rows"),
        ({"rows": {"a": 1}}, "holds no rows"),
        ({"rows": [3]}, "row 1: is '3', not names with values"),
        ({"rows": [{"process": 7}]}, "row 1: "),
        ('{"rows": [{"precision": 0.', "is not valid JSON"),
    ],
    ids=str,
)
def test_a_file_that_holds_no_rows_is_one_line_with_its_name(
    tmp_path, monkeypatch, capsys, command, content, words
):
    monkeypatch.chdir(tmp_path)
    good, kind = {"rows": [row()]}, "metrics"
    if command[0] == "terminal_amplitude":
        good, kind = {"rows": [amplitude_row()]}, "amplitude"
    files = files_of(tmp_path, [good, content], kind)
    at = command.index("FILES")
    with pytest.raises(SystemExit):
        cli.main([*command[:at], *files, *command[at + 1 :]])
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "1.json" in error and words in error
    assert not list(tmp_path.glob("t.*"))


def amplitude_row(**changes):
    return {"process": "a", "peclet": None, "n_images": 9, "mode_y": 0, "mode_x": 1,
            "amplitude": 0.5, "standard_error": 0.1, "correlation": 0.9, "pure_blur": 0.4,
            **changes}  # fmt: skip


def test_a_file_with_a_value_that_cannot_be_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    files = files_of(tmp_path, [{"rows": [row()]}, {"rows": [row(seed=1, recall=np.nan)]}])
    with pytest.raises(SystemExit):
        cli.main(["table", "--metrics", *files, *TABLE])
    assert "1.json, row 1: recall is nan, which is not finite" in capsys.readouterr().err


def test_points_over_network_calls_come_once_and_are_measured_alike():
    with pytest.raises(ValueError, match="flow comes twice with 3 network calls"):
        network_calls.over_calls([[row()], [row(seed=1)]], [3, 3])
    with pytest.raises(ValueError, match="has extractor random"):
        network_calls.over_calls([[row()], [row(extractor="random")]], [3, 4])
