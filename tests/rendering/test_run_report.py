"""The report: one page with all that a run has, finished or not, that needs nothing else."""

import base64
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from table_rows import EVERY_ROW

from beyond_blur import cli
from beyond_blur.rendering import report, run_facts, style, table_formats, tables
from beyond_blur.rendering.figures import FIGURES
from beyond_blur.rendering.film_registry import FILMS
from beyond_blur.rendering.films import Film, write_film
from beyond_blur.storage import artifacts, outputs, records, run_journal, workflow_files

CAPTIONS = workflow_files.folder() / "workflow/report"

OUTER = re.compile(r"""(?:src|href|url)\s*[=(]\s*(?!["']?(?:data:|#))""")
"""What a page would fetch from elsewhere."""


@pytest.fixture
def run(tmp_path):
    """A working folder with a table, two figures, a network and Snakemake's records."""
    results = tmp_path / "results"
    (results / "figures").mkdir(parents=True)
    table = results / "table1.html"
    table.write_text(table_formats.to_html(tables.table(EVERY_ROW)), encoding="utf-8")
    outputs.write_manifest([table], kind="table", spec={"preset": "tiny <&>"})
    for name in ("loss", "samples"):
        figure = results / f"figures/{name}.png"
        style.save(Figure(figsize=(1, 1)), figure)
        outputs.write_manifest([figure], kind="figure", spec={})
    spec = {"process": {"name": "advection_diffusion", "peclet": 0.1}}
    artifacts.save(results / "checkpoints/set/a/weights.safetensors", {}, kind="weights",
                   spec=spec, steps=1200)  # fmt: skip
    log = results / "logs/train/set/a.log"
    log.parent.mkdir(parents=True)
    log.write_text("starting at step 0\ntraining ddpm on cpu (1 thread), float32, not compiled\n")
    return tmp_path


def record(run, name, **content):
    path = run / run_facts.RECORDS / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


def page_of(run):
    return report.page(run / "results", CAPTIONS)


def test_the_page_holds_table_figures_captions_and_what_was_run(run):
    text = page_of(run)
    whole = (run / "results/table1.html").read_text(encoding="utf-8")
    table = whole[whole.index("<table>") : whole.index("</table>")]
    assert table in text, "digit for digit"
    assert "Preset tiny &lt;&amp;&gt;" in text and "tiny <&>" not in text
    assert '<td data-value="0.600">0.600 ± 0.141</td>' in text
    for name in ("loss", "samples"):
        data = (run / f"results/figures/{name}.png").read_bytes()
        assert base64.b64encode(data).decode() in text
    assert text.index('id="samples"') < text.index('id="loss"'), "by importance"
    assert "the first 64 of the first seed" in text
    assert "Beyond Blur, Pe = 0.1: 1,200 steps" in text and "cpu (1 thread)" in text


def test_films_are_on_the_page_in_their_own_size(run):
    path = run / "results/films/ways.gif"
    frames = np.random.default_rng(0).integers(0, 256, (3, 20, 321, 1), np.uint8).repeat(3, axis=-1)
    write_film(path, Film(frames))
    outputs.write_manifest([path], kind="film", spec={})
    text = page_of(run)
    assert f"data:image/gif;base64,{base64.b64encode(path.read_bytes()).decode()}" in text
    assert 'style="--width: 321px" alt="samples on their way back, level by level"' in text
    assert text.index('id="samples"') < text.index('id="film_ways"') < text.index('id="loss"')
    assert "at 30 of its levels or at all of fewer" in text
    path.write_bytes(path.read_bytes()[:-9])
    assert 'id="film_ways"' not in page_of(run) and f"{path} is not what was written" in page_of(
        run
    )


def test_the_page_fetches_nothing_and_is_the_same_again(run):
    text = page_of(run)
    assert not OUTER.search(text)
    assert page_of(run) == text


def test_jobs_of_a_rule_count_once_each_and_the_longest_rule_comes_first(run):
    at = 1_700_000_000.0
    for i, output in enumerate(("a.csv", "a.md")):  # two files of one job, by its log
        record(run, output, rule="table", log=["t.log"], starttime=at + i / 1e4, endtime=at + 5)
    record(run, "b", rule="train", log=["b.log"], starttime=at - 60, endtime=at + 3600)
    record(run, "c", rule="train", log=["c.log"], starttime=at, endtime=at + 65.4)
    record(run, "d", rule="train", starttime=at, endtime=None)
    (run / run_facts.RECORDS / "e").write_text("no record")
    found = run_facts.times(run / "results")
    assert found.rules == [("train", 2, "1:02:05", ""), ("table", 1, "0:05", "")]
    assert (found.start, found.end) == ("2023-11-14 22:12", "2023-11-14 23:13")
    assert "<td>1:02:05</td>" in page_of(run)


HEAD = "s\th:m:s\tmax_rss\tmax_vms\n"


def test_what_was_measured_of_a_job_stands_before_snakemakes_record_of_it(run):
    at = 1_700_000_000.0
    record(run, "a", rule="train", starttime=at, endtime=at + 9)
    record(run, "b", rule="list_images", starttime=at, endtime=at + 2)
    logs = run / "results/logs"
    for name, line in {
        "train/set/a.tsv": "3661.4\t1:01:01\t3276.8\t9000",
        "train/set/b.tsv": "60\t0:01:00\t300.2\t9000",
        "table.tsv": "0.9\t0:00:01\t-\t-",
        "figures/loss.tsv": "7.0\t0:00:07\t151.6\t400",
        "figures/cut.tsv": "7.",
        "films/way.tsv": "3.0\t0:00:03\t99.0\t400",
    }.items():
        (logs / name).parent.mkdir(parents=True, exist_ok=True)
        (logs / name).write_text(f"{HEAD}{line}\n")
    assert run_facts.times(run / "results").rules == [
        ("train", 2, "1:02:01", "3.2 GB"),
        ("figure_loss", 1, "0:07", "152 MB"),
        ("film_way", 1, "0:03", "99 MB"),
        ("list_images", 1, "0:02", ""),
        ("table", 1, "0:01", ""),
    ]
    text = page_of(run)
    assert "<td>1:02:01</td><td>3.2 GB</td>" in text and "2023-11-14 22:13 to" in text
    shutil.rmtree(run / ".snakemake")
    assert len(run_facts.times(run / "results").rules) == 4, "results that came without it"
    assert " to " not in page_of(run).split("</p>")[0]


@pytest.mark.parametrize("kept", [None, "no record", "[1]", "{}"])
def test_the_page_says_which_code_ran_where_and_when_if_that_is_known(run, kept):
    place = run / run_journal.PLACE
    place.parent.mkdir(exist_ok=True)
    if kept is not None:
        place.write_text(kept)
    assert "<dt>Code</dt>" not in page_of(run)
    run_journal.Journal(place, "demo", {"train": 1}, "commit 74f6d59 of 2026-11-28").close()
    text = page_of(run)
    assert "<dt>Code</dt><dd>beyond_blur, commit 74f6d59 of 2026-11-28</dd>" in text
    assert re.search(r"<dt>Last run</dt><dd>begun 2\d{3}-\d\d-\d\d .* UTC on .* CPUs?</dd>", text)


def test_a_run_that_has_only_begun_has_a_page_that_says_what_is_missing(tmp_path):
    results = tmp_path / "results"
    results.mkdir()
    text = report.page(results, CAPTIONS)
    assert "The table is not there yet" in text and "No figure is there yet" in text
    for name, entry in FIGURES.items():
        assert (f"{name}.png is not there yet" in text) == entry.always
    for name, entry in FILMS.items():
        assert (f"{name}.gif is not there yet" in text) == entry.always
    assert "Time and memory" not in text


@pytest.mark.parametrize("name", ["figures/samples.png", "table1.html"])
def test_what_is_not_as_it_was_written_is_named_and_left_out(run, name):
    whole = page_of(run)
    path = run / "results" / name
    path.write_bytes(path.read_bytes()[:-9])
    text = page_of(run)
    assert str(path) not in whole and str(path) in text
    assert ('id="samples"' in text) == (name == "table1.html")
    assert ("<table" in text) == (name != "table1.html")


def test_every_figure_has_one_place_on_the_page_and_a_caption():
    order = [one.name for one in report.figures_in_order()]
    films = [f"film_{name}" for name in FILMS]
    assert sorted(order) == sorted({*FIGURES, *report.OF_OTHER_VERBS, *films})
    first = len(report.FIRST)
    assert order[: first + len(films)] == [*report.FIRST, *films], "films after the best figures"
    for name in order:
        caption = report.caption(CAPTIONS, name)
        assert caption.startswith("<p>") and "``" not in caption


def test_facts_of_a_set_say_its_size(run):
    split = {"images": 1234}
    records.save(run / "results/data/set/facts.json",
                 {"shape": [3, 16, 24], "splits": {"train": split, "held_out": split}},
                 kind="facts", spec={}, traits={"dataset": "set"})  # fmt: skip
    text = page_of(run)
    assert "set: 1,234 training and 1,234 held-out images, 24 x 16 pixels, colour" in text


def test_the_verb_writes_the_page_beside_the_results(run, capsys, monkeypatch):
    monkeypatch.chdir(run)
    cli.main(["report"])
    page = report.page(Path("results"), CAPTIONS)
    assert (run / "results/report.html").read_text() == page
    assert capsys.readouterr().out == f"report: {(run / 'results/report.html').as_uri()}\n"
    with pytest.raises(SystemExit):
        cli.main(["report", "--results", "elsewhere"])
    assert "--results elsewhere is no folder" in capsys.readouterr().err
