"""A figure is its drawing function and one entry; a metric its function and one entry."""

import importlib
import inspect
import json
import sys
from pathlib import Path
from types import ModuleType

import matplotlib
import pytest
from matplotlib.figure import Figure
from table_rows import ROWS

from beyond_blur import cli
from beyond_blur.metrics import catalogue
from beyond_blur.rendering import figures, metric_figures, style, table_formats, tables
from beyond_blur.storage import outputs

REPORT = Path(__file__).parents[2] / "workflow/report"


@pytest.mark.parametrize("name", figures.FIGURES)
def test_every_entry_names_functions_and_a_caption_that_are_there(name):
    entry = figures.FIGURES[name]
    for function in entry.code:
        assert callable(figures.resolve(function))
    taken = inspect.signature(figures.resolve(entry.draw)).parameters
    assert set(entry.options) <= set(taken)
    assert (REPORT / f"{entry.caption or name}.rst").read_text()


def test_every_run_draws_the_figures_of_the_paper_and_of_every_stage():
    drawn = {name for name, entry in figures.FIGURES.items() if entry.always}
    assert drawn >= {
        "samples", "strips", "spectrum", "metrics", "loss", "profiles", "teaser", "photograph",
        "neighbours", "precision_recall", "fid_against_n", "amplitude", "restored",
        "mean_colours", "terminal_knowledge", "streamlines", "peclet_row",
        "pipeline",
    }  # fmt: skip
    by_name = {"interpolation", "shared", "study", "study_amplitude", "steps", "deltas"}
    assert not drawn & by_name


def test_a_figure_is_one_entry(monkeypatch, tmp_path):
    def titles(frame, above):
        figure = Figure()
        figure.suptitle(f"{above}: {len(frame)} rows")
        drawn.append(figure)
        return figure

    drawn, module = [], ModuleType("fresh")
    module.titles = titles
    monkeypatch.setitem(sys.modules, "fresh", module)
    entry = figures.FigureEntry("fresh:titles", "table", "ours", options={"above": "table"})
    monkeypatch.setitem(figures.FIGURES, "ours", entry)
    csv, png, pdf = (tmp_path / name for name in ("table.csv", "ours.png", "ours.pdf"))
    csv.write_text(tables.to_csv(tables.table(ROWS)))
    outputs.write_manifest([csv], kind="table", spec={})
    cli.main(["figure", "ours", "--inputs", str(csv), "--png", str(png), "--pdf", str(pdf)])
    assert drawn[0].get_suptitle() == "table: 4 rows"
    assert png.stat().st_size > 1000 and pdf.read_bytes().startswith(b"%PDF")


def test_a_metric_is_one_entry(monkeypatch):
    fresh = catalogue.Metric(
        "novelty",
        "novelty",
        "N",
        better="lower",
        high=99,
        decimals=1,
        printed=True,
        figures=("metrics",),
    )
    monkeypatch.setattr(catalogue, "METRICS", (*catalogue.METRICS, fresh))
    rows = [{**row, "novelty": 3.0 + i} for i, row in enumerate(ROWS)]
    frame = tables.table(rows)
    assert frame["novelty"].tolist() == [5.5, 3.5, 7.5, 9.5]
    assert {"novelty", "novelty_std"} <= set(tables.to_csv(frame).splitlines()[0].split(","))
    head, _, _, first, second, *_ = table_formats.to_markdown(frame).splitlines()
    assert "| N |" in head, "a distance, so before the shares"
    assert "| 5.5 ± 0.7 |" in first and "| **3.5 ± 0.7** |" in second, "the lower is the better"
    assert r"N $\downarrow$" in table_formats.to_latex(frame)
    titles = [axes.get_title() for axes in metric_figures.metric_against_peclet(frame).axes]
    assert "novelty" in titles and len(titles) == 6, "copies, which no row has, take no axes"


def test_labels_that_are_not_one_for_each_input_are_refused(tmp_path, capsys):
    history = tmp_path / "history.jsonl"
    history.write_text(json.dumps({"step": 1, "loss": 1.0, "loss_per_band": [1.0]}) + "\n")
    outputs.write_manifest([history], kind="history", spec={})
    files = ["--png", str(tmp_path / "a.png"), "--pdf", str(tmp_path / "a.pdf")]
    with pytest.raises(SystemExit):
        cli.main(["figure", "loss", "--inputs", str(history), "--labels", "a", "b", *files])
    error = capsys.readouterr().err
    assert error.endswith("--labels has 2 labels for 1 inputs: give one each\n")


def test_importing_and_drawing_leave_the_settings_of_others_alone(tmp_path):
    before = {key: matplotlib.rcParams[key] for key in style.SETTINGS}
    importlib.reload(style)
    seen = []

    def draw():
        seen.append(matplotlib.rcParams["font.size"])
        return Figure()

    style.draw(draw, tmp_path / "a.png")
    assert seen == [style.SETTINGS["font.size"]]
    assert {key: matplotlib.rcParams[key] for key in style.SETTINGS} == before
