"""A table is read back whole, with every column of its kind, or refused by its name."""

import pandas as pd
import pytest
from table_rows import EVERY_ROW, row

from beyond_blur import cli
from beyond_blur.rendering import csv_files, tables
from beyond_blur.rendering.amplitude_checks import AMPLITUDE_COLUMNS, check_amplitudes
from beyond_blur.storage import outputs
from beyond_blur.storage.atomic import ArtifactError

TEXT = tables.to_csv(tables.table(EVERY_ROW))


def draw(folder, capsys, text, name="metrics"):
    """The one line that a figure of this table ends in; nothing where it is drawn."""
    path = folder / "table.csv"
    if isinstance(text, bytes):
        path.write_bytes(text)
    else:
        path.write_text(text)
    outputs.write_manifest([path], kind="table", spec={})
    files = ["--png", str(folder / "a.png"), "--pdf", str(folder / "a.pdf")]
    try:
        cli.main(["figure", name, "--inputs", str(path), *files])
    except SystemExit:
        error = capsys.readouterr().err
        assert error.count("\n") == 1 and str(path) in error, error
        return error
    return None


def edited(column, value, line=0):
    """The table with one cell changed."""
    frame = pd.read_csv(pd.io.common.StringIO(TEXT), dtype=str, keep_default_na=False)
    frame.loc[line, column] = value
    return frame.to_csv(index=False)


@pytest.mark.parametrize("extractor", ["classifier", "inception"])
def test_what_a_table_writes_is_read(tmp_path, extractor):
    path = tmp_path / "table.csv"
    rows = [row(extractor=extractor, seed=seed) for seed in (0, 1)]
    path.write_text(tables.to_csv(tables.table(rows)))
    (line,) = csv_files.lines_of(csv_files.read_csv(path))
    assert csv_files.table_fault(line) is None
    assert line["n_seeds"] == 2 and line["process"] == "flow" and line["copy_share"] is None


@pytest.mark.parametrize("name", ["metrics", "precision_recall", "study"])
def test_every_figure_of_a_table_refuses_half_of_one(tmp_path, capsys, name):
    for share in (0.3, 0.5, 0.9):
        assert draw(tmp_path, capsys, TEXT[: int(share * len(TEXT))], name) is not None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "has no end"),
        ("\n", "has no column process"),
        (TEXT.splitlines()[0] + "\n", "has no lines"),
        (TEXT[:-1], "has no end"),
        (TEXT.replace("precision_std", "precision"), "a column twice"),
        (TEXT.replace("coverage", "Coverage"), "has no column coverage"),
        (TEXT.replace("n_seeds", "n_Seeds"), "has no column n_seeds"),
        (TEXT.replace("images,", "pictures,"), "has no column images"),
        (TEXT[:-1] + ",7\n", "values in line"),
        ('process,"peclet\n1,2\n', "is no CSV file"),
        (b"\xff\xfe\x00", "is no CSV file"),
        (edited("precision", "seven"), "precision is 'seven', which is no number"),
        (edited("precision", "7"), "line 1: precision is 7, outside its range 0 to 1"),
        (edited("recall", "inf", 2), "line 3: recall is inf"),
        (edited("recall", ""), "recall is missing"),
        (edited("recall_std", "-0.1"), "recall_std is -0.1, outside"),
        (edited("recall_std", ""), "recall_std does not fit n_trainings = 1, n_seeds = 2"),
        (edited("n_seeds", "1"), "_std does not fit n_trainings = 1, n_seeds = 1"),
        (edited("n_samples", "9.5"), "n_samples is 9.5, which is no whole number"),
        (edited("images", "pictures"), "images is 'pictures', which is none of"),
        (edited("fid", "3"), "fid has a value, which features of classifier do not earn"),
    ],
    ids=range(21),
)  # fmt: skip
def test_what_is_no_whole_table_is_one_line_with_its_name(tmp_path, capsys, text, words):
    assert words in draw(tmp_path, capsys, text)


def test_a_table_that_is_not_there_is_one_line(tmp_path):
    with pytest.raises(ArtifactError, match=r"no\.csv does not exist"):
        csv_files.read_csv(tmp_path / "no.csv")


def mode(y, x, process="a", **changes):
    return {"process": process, "peclet": None, "n_images": 9, "mode_y": y, "mode_x": x,
            "amplitude": 0.5, "standard_error": 0.1, "correlation": 0.9, "pure_blur": 0.4,
            **changes}  # fmt: skip


MODES = [mode(y, x, process) for process in ("a", "b") for y in (0, 1) for x in (0, 1)]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (MODES[1:], r"mode \(0, 0\) of a is missing"),
        ([*MODES, MODES[-1]], r"mode \(1, 1\) of b comes twice"),
    ],
)
def test_amplitudes_of_every_mode_are_there_once(rows, words):
    check_amplitudes(MODES)
    with pytest.raises(ValueError, match=words):
        check_amplitudes(rows)


@pytest.mark.parametrize("column", AMPLITUDE_COLUMNS)
def test_the_figure_of_amplitudes_needs_every_column(tmp_path, capsys, column):
    text = pd.DataFrame(MODES).to_csv(index=False)
    assert draw(tmp_path, capsys, text, "amplitude") is None
    lacking = text.replace(column, column.upper(), 1)
    assert f"has no column {column}:" in draw(tmp_path, capsys, lacking, "amplitude")
