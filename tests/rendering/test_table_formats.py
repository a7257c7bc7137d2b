"""The printed table: groups, names, the best and its rivals, in every format."""

import re
import shutil
import subprocess
from html.parser import HTMLParser

import pytest
from table_rows import EVERY_ROW, HELD_OUT, ROWS, row

from beyond_blur.rendering import paper_table, printed_table, table_formats, tables

FORMATS = (
    table_formats.to_markdown, table_formats.to_latex, table_formats.to_html,
    table_formats.to_terminal,
)  # fmt: skip


def markdown(rows, preset=""):
    return table_formats.to_markdown(tables.table(rows), preset)


@pytest.mark.parametrize("extractor", ["classifier", "inception", "inception-clean"])
def test_only_inception_numbers_are_called_fid(extractor):
    frame = tables.table([row(extractor=extractor), row(extractor=extractor, seed=1)])
    for make in FORMATS:
        text = make(frame)
        assert ("FID" in text.replace("(not FID)", "")) == extractor.startswith("inception")
        assert extractor in text


def test_methods_have_their_names_and_floors_and_ceiling_stand_apart():
    groups = printed_table.content(tables.table([
        row("train", None, None, prior=None), row("one_step", "ddpm", None, prior="noise"),
        row("prior", "advection_diffusion", 0.1), row("samples", "ddpm", None, prior="noise"),
        row("samples", "advection_diffusion", 0.1), row("samples", "my_own", None),
    ])).groups  # fmt: skip
    assert [[(line.name, line.peclet) for line in group] for group in groups.values()] == [
        [("DDPM", ""), ("Beyond Blur", "0.1"), ("my own", "")],
        [("Beyond Blur", "0.1")], [("DDPM", "")], [(tables.CEILING, "")],
    ]  # fmt: skip
    assert [heading.partition(":")[0] for heading in groups] == [
        "Samples", "Floor", "Floor", "Ceiling"
    ]  # fmt: skip


def test_the_best_process_is_marked_and_the_ceiling_does_not_compete():
    text = markdown(ROWS)
    best = [line for line in text.splitlines() if line.startswith("| flow | 0.1 ")]
    assert "**0.600 ± 0.141**" in best[0]
    assert text.count("**") == 10 == best[0].count("**"), "five metrics"


def test_rows_that_are_printed_alike_are_marked_alike():
    text = markdown([row(value=0.50001), row(process="other", value=0.50002),
                     row(process="third", value=0.4)])  # fmt: skip
    assert text.count("**0.500**") == 8, "four metrics of both"
    assert text.count("**9.500**") == 2


def test_nothing_is_the_best_without_a_rival():
    for rows in ([row()], [row(), row("train", None, None, prior=None)], [row(), *HELD_OUT]):
        frame = tables.table(rows)
        assert "**" not in table_formats.to_markdown(frame)
        assert "textbf" not in table_formats.to_latex(frame)
        assert "<b>" not in table_formats.to_html(frame)
        assert "*" not in table_formats.to_terminal(frame)
        assert "Best" not in printed_table.note(frame, marked=False)


def test_held_out_priors_do_not_compete_and_their_floors_are_in_the_csv_only():
    text = markdown([row(copy_share=0.125), row(process="other"), *HELD_OUT])
    held_out = next(line for line in text.splitlines() if "(held-out prior)" in line)
    assert "**" not in held_out and held_out.endswith("| 0.200 |")
    assert "Floor" not in text and "as many training images" in text


def test_latex_is_a_float_whose_every_row_has_every_column():
    text = table_formats.to_latex(tables.table([*EVERY_ROW, *(
        row(process="a_b & 50 % #{1}~^", peclet=None, seed=seed) for seed in (0, 1))]))  # fmt: skip
    assert r"a b \& 50 \% \#\{1\}\textasciitilde{}\textasciicircum{}" in text
    plain = re.sub(r"\\[{}]", "", text)
    assert plain.count("{") == plain.count("}")
    for name in ("table*", "tabular"):
        assert text.index(rf"\begin{{{name}}}") < text.index(rf"\end{{{name}}}")
    columns = len(re.search(r"begin\{tabular\}\{(\w+)\}", text)[1])
    for line in text.splitlines():
        if line.endswith(r"\\") and "multicolumn" not in line:
            assert line.replace(r"\&", "").count("&") == columns - 1
    assert text.count(r"\midrule") == 1 + 3, "under the heads, and between four groups"
    assert text.isascii() or set(text) - set(map(chr, range(128))) == {"é"}
    assert r"\caption{Fréchet distance (not FID) on features of extractor classifier;" in text


PAPER = r"""\documentclass[twocolumn]{article}
\usepackage[utf8]{inputenc}
\usepackage[T1]{fontenc}
\usepackage{booktabs}
\begin{document}
\input{table1}
\end{document}
"""


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no LaTeX")
@pytest.mark.parametrize("methods", ["rows", "columns"])
def test_the_table_compiles_in_a_paper_and_is_no_wider_than_its_page(tmp_path, methods):
    """Eight columns with their spreads, between the narrow margins of the class article."""
    every = [row(process=name, peclet=None, seed=seed, copy_share=0.25)
             for name in ("blurring_diffusion", "cold_diffusion") for seed in (0, 1)]  # fmt: skip
    text = table_formats.to_latex(tables.table([*every, *EVERY_ROW]), methods=methods)
    (tmp_path / "table1.tex").write_text(text, encoding="utf-8")
    (tmp_path / "paper.tex").write_text(PAPER)
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "Overfull" not in done.stdout and (tmp_path / "paper.pdf").exists()


def test_methods_may_be_columns_and_the_best_of_a_metric_is_that_of_its_row():
    frame = tables.table(ROWS)
    upright, turned = (printed_rows(table_formats.to_markdown(frame, methods=m))
                       for m in ("rows", "columns"))  # fmt: skip
    assert turned[0][0] == "metric" and "flow, Pe = 0.1" in turned[0]
    assert turned[0][-1] == tables.CEILING
    best = turned[0].index("flow, Pe = 0.1")
    of_samples = turned[1 : 1 + len(upright[0]) - 2]
    for line, name in zip(of_samples, upright[0][2:], strict=True):
        assert line[0] == name and line[-1] == "", "the ceiling is none of the samples"
        assert [i for i, cell in enumerate(line) if "**" in cell] in ([best], [])
    numbers = [{cell for line in lines[1:] for cell in line if cell[-1:].strip("*").isdigit()}
               for lines in (upright, turned)]  # fmt: skip
    assert numbers[0] - {"0", "0.1"} == numbers[1], "the same numbers"
    for write in table_formats.TEXTS.values():
        assert "of each row" in write(frame, "", "columns")
        assert "of each column" in write(frame, "", "rows")


def printed_rows(text):
    """The cells of a Markdown table's rows, without its rule and its headings."""
    rows = [[cell.strip() for cell in line[1:-1].split("|")]
            for line in text.splitlines() if line.startswith("|")]  # fmt: skip
    return [rows[0], *(cells for cells in rows[2:] if any(cells[1:]))]


class Page(HTMLParser):
    """The elements of a page, and whether each is closed in its turn."""

    def __init__(self, text):
        super().__init__()
        self.open, self.rows = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        if tag != "meta":
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append(dict(attributes))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_html_with_methods_as_columns_is_well_formed():
    page = Page(table_formats.to_html(tables.table(EVERY_ROW), methods="columns"))
    assert page.open == []
    full = [cells for cells in page.rows if len(cells) > 1]
    assert {len(cells) for cells in full} == {len(page.rows[0])} and len(full) > 9


def test_html_is_well_formed_and_every_cell_has_the_number_that_it_shows():
    frame = tables.table(EVERY_ROW)
    page = Page(table_formats.to_html(frame))
    assert page.open == []
    heads = page.rows[0]
    full = [cells for cells in page.rows[1:] if len(cells) > 1]
    assert all(len(cells) == len(heads) for cells in full)
    shown = [float(cells[3]["data-value"]) for cells in full if cells[3]]
    assert shown[:2] == pytest.approx(frame["precision"][:2].tolist(), abs=5e-4)
    strange = table_formats.to_html(tables.table([row(process="<b>&")]))
    assert "&lt;b&gt;&amp;" in strange and "<b>" not in strange


def test_few_samples_are_said_under_the_table():
    few = table_formats.to_terminal(tables.table([row(feature_dim=2048)]))
    assert "Only 9 images for 2048 feature dimensions: the distance is mostly bias" in few
    assert "mostly bias" not in table_formats.to_terminal(tables.table([row()]))


def test_pe_0_is_said_to_be_no_flow():
    assert "no flow" in markdown([row(process="advection_diffusion", peclet=0.0)])
    assert "no flow" not in markdown([row(process="advection_diffusion", peclet=0.1)])
    assert "no flow" not in markdown([row(process="flow", peclet=0.0)])


def test_the_papers_numbers_stand_beside_ours_of_its_own_images_only():
    def text(preset, **changes):
        facts = {"extractor": "inception", "n_reference": paper_table.N_REFERENCE, **changes}
        return markdown([row(**facts), row("train", None, None, prior=None, **facts)], preset)

    ours = text("ffhq128")
    assert "| Beyond Blur | 0.06 | 36.64 | 0.826 | 0.243 | 1.040 | 0.665 |" in ours
    assert "| 0 | 55.87 |" in ours and "ICCV 2025, Table 1" in ours and "neither the k" in ours
    assert ours.index("36.64") < ours.index("Ceiling")
    assert "36.64" not in text("ffhq128", n_reference=20), "60 fish under the preset's name"
    assert "36.64" not in text("ffhq128", extractor="classifier")
    for preset in ("digits", "ffhq128, smoke run", "ffhq128, other images", ""):
        assert "36.64" not in text(preset) and "ICCV" not in text(preset)
    assert text("ffhq128, smoke run").partition("\n\n")[2].startswith("A smoke run: ")
