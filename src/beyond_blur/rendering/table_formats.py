"""The printed table as Markdown, LaTeX, HTML and for a terminal."""

from __future__ import annotations

import re
from html import escape

import pandas as pd

from beyond_blur.rendering import columns
from beyond_blur.rendering.printed_table import Cell, Line, Printed, content

ARROWS = {"higher": r" $\uparrow$", "lower": r" $\downarrow$", None: ""}
"""Behind the head of a metric: which way is better."""

ESCAPED = str.maketrans({
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "±": r"$\pm$", "`": "",
})  # fmt: skip
"""What LaTeX would take for a command, and how it is written there."""


def to_markdown(frame: pd.DataFrame, preset: str = "") -> str:
    """The table in the paper's form, as Markdown; a group is a line in italics and its rows."""
    table = content(frame, preset)
    lines = rows(table, "±", "**{}**", heading="*{}*")
    return f"{columns.markdown(table.heads, lines, n_left=2)}\n\n{table.note}\n"


def to_terminal(frame: pd.DataFrame, preset: str = "") -> str:
    """The table in aligned columns for a terminal, the best of a column starred."""
    table = content(frame, preset)
    parts = []
    for heading, group in table.groups.items():
        lines = [cells_of(line, "±", "{}*") for line in group]
        parts.append((heading, lines))
    every = [line for _, lines in parts for line in lines]
    text = columns.aligned(table.heads, every, n_left=2).splitlines()
    head, body = text[:2], iter(text[2:])
    grouped = [f"{heading}\n" + "\n".join(next(body) for _ in lines) for heading, lines in parts]
    note = table.note.replace("in bold", "starred")
    return "\n".join([*head, "\n\n".join(grouped)]) + f"\n\n{note}\n"


def rows(table: Printed, sign: str, bold: str, heading: str) -> list[list[str]]:
    """All rows as texts, each group under a row with its heading alone."""
    found = []
    for name, group in table.groups.items():
        found.append([heading.format(name), *[""] * (len(table.heads) - 1)])
        found += [cells_of(line, sign, bold) for line in group]
    return found


def cells_of(line: Line, sign: str, bold: str) -> list[str]:
    """One row as texts."""
    return [line.name, line.peclet, *(cell.text(sign, bold) for cell in line.cells)]


def to_latex(frame: pd.DataFrame, preset: str = "") -> str:
    """The table in the paper's form, as a float that compiles with the package booktabs."""
    table = content(frame, preset)
    arrows = ["", "", *(ARROWS[metric.better] for metric in table.metrics)]
    heads = [name.translate(ESCAPED) + up for name, up in zip(table.heads, arrows, strict=True)]
    body = []
    for heading, group in table.groups.items():
        head = rf"\multicolumn{{{len(heads)}}}{{l}}{{\textit{{{heading.translate(ESCAPED)}}}}} \\"
        body.append("\n".join([head, *map(latex_line, group)]))
    columns_of_numbers = "r" * len(table.metrics)
    return "\n".join([
        r"% \usepackage{booktabs}",
        r"\begin{table*}", r"\centering", r"\footnotesize", r"\setlength{\tabcolsep}{2pt}",
        rf"\caption{{{table.note.translate(ESCAPED)}}}", r"\label{tab:results}\smallskip",
        rf"\begin{{tabular}}{{lr{columns_of_numbers}}}", r"\toprule",
        " & ".join(heads) + r" \\", r"\midrule",
        "\n\\midrule\n".join(body),
        r"\bottomrule", r"\end{tabular}", r"\end{table*}", "",
    ])  # fmt: skip


def latex_line(line: Line) -> str:
    """One row of the LaTeX table."""
    name = line.name.translate(ESCAPED)
    # The spread in smaller letters, to the end of its cell: eight columns fit over a page.
    cells = [cell.text(r"\scriptsize$\pm$", r"\textbf{{{}}}") for cell in line.cells]
    return " & ".join([name, line.peclet, *cells]) + r" \\"


def to_html(frame: pd.DataFrame, preset: str = "") -> str:
    """The table as a page of its own, which opens in any browser."""
    table = content(frame, preset)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<meta charset="utf-8">\n<title>Results</title>\n'
        f"{STYLE}\n{html_table(table)}\n<p>{html_note(table)}</p>\n</html>\n"
    )


STYLE = """<style>
body { font: 14px/1.5 system-ui, sans-serif; max-width: 75em; margin: 2em auto; padding: 0 1em }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { padding: .25em .7em; text-align: right; white-space: nowrap }
th:first-child, td:first-child { text-align: left }
thead { border-bottom: 2px solid }
tbody { border-bottom: 1px solid #bbb }
tbody th { font-weight: normal; font-style: italic; padding-top: .8em }
</style>"""


def html_table(table: Printed) -> str:
    """The element ``table``: a body for each group, and each cell's number to sort by."""
    signs = {"higher": " ↑", "lower": " ↓", None: ""}
    better = ["", "", *(signs[metric.better] for metric in table.metrics)]
    names = ["method", "Péclet number", *(metric.title for metric in table.metrics)]
    heads = "".join(
        f'<th scope="col" title="{escape(full)}">{escape(name)}{sign}</th>'
        for full, name, sign in zip(names, table.heads, better, strict=True)
    )
    span = f'colspan="{len(table.heads)}" scope="rowgroup"'
    bodies = []
    for heading, group in table.groups.items():
        lines = [f"<tr><th {span}>{escape(heading)}</th></tr>", *map(html_line, group)]
        bodies.append("\n".join(["<tbody>", *lines, "</tbody>"]))
    return "\n".join(["<table>", f"<thead><tr>{heads}</tr></thead>", *bodies, "</table>"])


def html_note(table: Printed) -> str:
    """What stands under the table, names in code's letters."""
    return re.sub("`(.+?)`", r"<code>\1</code>", escape(table.note))


def html_line(line: Line) -> str:
    """One row of the HTML table."""
    cells = "".join(map(html_cell, line.cells))
    return f"<tr><td>{escape(line.name)}</td>{number(line.peclet, line.peclet)}{cells}</tr>"


def html_cell(cell: Cell) -> str:
    """A number, bold where it is the best, its spread behind it."""
    return number(cell.mean, cell.text("±", "<b>{}</b>"))


def number(value: str, text: str) -> str:
    """A cell that is sorted by its value, however it is written."""
    return f'<td data-value="{value}">{text}</td>' if value else "<td></td>"
