"""The printed table as Markdown, LaTeX, HTML and for a terminal."""

from __future__ import annotations

import re
from html import escape

import pandas as pd

from beyond_blur.rendering import columns
from beyond_blur.rendering.printed_table import Cell
from beyond_blur.rendering.table_sheet import Head, Methods, Row, Sheet, sheet

ARROWS = {"higher": r" $\uparrow$", "lower": r" $\downarrow$", None: ""}
"""Behind the head of a metric: which way is better."""

ESCAPED = str.maketrans({
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "±": r"$\pm$", "`": "",
})  # fmt: skip
"""What LaTeX would take for a command, and how it is written there."""


def to_markdown(frame: pd.DataFrame, preset: str = "", methods: Methods = "rows") -> str:
    """The table in the paper's form, as Markdown; a group is a line in italics and its rows."""
    table = sheet(frame, preset, methods)
    lines = rows(table, "±", "**{}**", heading="*{}*")
    return f"{columns.markdown(table.texts, lines, table.n_left)}\n\n{table.note}\n"


def to_terminal(frame: pd.DataFrame, preset: str = "", methods: Methods = "rows") -> str:
    """The table in aligned columns for a terminal, the best of each metric starred."""
    table = sheet(frame, preset, methods)
    parts = []
    for heading, group in table.groups.items():
        lines = [cells_of(row, "±", "{}*") for row in group]
        parts.append((heading, lines))
    every = [line for _, lines in parts for line in lines]
    text = columns.aligned(table.texts, every, table.n_left).splitlines()
    head, body = text[:2], iter(text[2:])
    grouped = [f"{heading}\n" + "\n".join(next(body) for _ in lines) for heading, lines in parts]
    note = table.note.replace("in bold", "starred")
    return "\n".join([*head, "\n\n".join(grouped)]) + f"\n\n{note}\n"


def rows(table: Sheet, sign: str, bold: str, heading: str) -> list[list[str]]:
    """All rows as texts, each group under a row with its heading alone."""
    found = []
    for name, group in table.groups.items():
        found.append([heading.format(name), *[""] * (len(table.heads) - 1)])
        found += [cells_of(row, sign, bold) for row in group]
    return found


def cells_of(row: Row, sign: str, bold: str) -> list[str]:
    """One row as texts."""
    return [*(head.text for head in row.heads), *(cell.text(sign, bold) for cell in row.cells)]


def to_latex(frame: pd.DataFrame, preset: str = "", methods: Methods = "rows") -> str:
    """The table in the paper's form, as a float that compiles with the package booktabs."""
    table = sheet(frame, preset, methods)
    # Methods over columns take a line for each word: their numbers are no wider.
    head = latex_head if methods == "rows" else stacked
    heads = [latex_head(one) for one in table.heads[: table.n_left]]
    heads += [head(one) for one in table.heads[table.n_left :]]
    body = []
    for heading, group in table.groups.items():
        over = rf"\multicolumn{{{len(heads)}}}{{l}}{{\textit{{{heading.translate(ESCAPED)}}}}} \\"
        body.append("\n".join([over, *map(latex_line, group)]))
    kinds = "l" + "r" * (len(heads) - 1)
    return "\n".join([
        r"% \usepackage{booktabs}",
        r"\begin{table*}", r"\centering", r"\footnotesize", r"\setlength{\tabcolsep}{2pt}",
        rf"\caption{{{table.note.translate(ESCAPED)}}}", r"\label{tab:results}\smallskip",
        rf"\begin{{tabular}}{{{kinds}}}", r"\toprule",
        " & ".join(heads) + r" \\", r"\midrule",
        "\n\\midrule\n".join(body),
        r"\bottomrule", r"\end{tabular}", r"\end{table*}", "",
    ])  # fmt: skip


def latex_head(head: Head) -> str:
    """A head, of a metric with the way that is better."""
    return head.text.translate(ESCAPED) + ARROWS[head.better]


def stacked(head: Head) -> str:
    """A head with a line for each word, and one for the Peclet number."""
    words = latex_head(head).replace(" = ", "~=~").split(" ")
    return r"\shortstack[r]{" + r" \\ ".join(words) + "}"


def latex_line(row: Row) -> str:
    """One row of the LaTeX table."""
    # The spread in smaller letters, to the end of its cell: eight columns fit over a page.
    cells = [cell.text(r"\scriptsize$\pm$", r"\textbf{{{}}}") for cell in row.cells]
    return " & ".join([*map(latex_head, row.heads), *cells]) + r" \\"


def to_html(frame: pd.DataFrame, preset: str = "", methods: Methods = "rows") -> str:
    """The table as a page of its own, which opens in any browser."""
    table = sheet(frame, preset, methods)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<meta charset="utf-8">\n<title>Results</title>\n'
        f"{STYLE}\n{html_table(table)}\n<p>{html_note(table)}</p>\n</html>\n"
    )


TEXTS = {"md": to_markdown, "tex": to_latex, "html": to_html, "txt": to_terminal}
"""How the table is written for readers, by the ending of the file."""


STYLE = """<style>
body { font: 14px/1.5 system-ui, sans-serif; max-width: 75em; margin: 2em auto; padding: 0 1em }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { padding: .25em .7em; text-align: right; white-space: nowrap }
th:first-child, td:first-child { text-align: left }
thead { border-bottom: 2px solid }
tbody { border-bottom: 1px solid #bbb }
tbody th { font-weight: normal; font-style: italic; padding-top: .8em }
</style>"""


def html_table(table: Sheet) -> str:
    """The element ``table``: a body for each group, and each cell's number to sort by."""
    heads = "".join(
        f'<th scope="col" title="{escape(head.title)}">{html_head(head)}</th>'
        for head in table.heads
    )
    span = f'colspan="{len(table.heads)}" scope="rowgroup"'
    bodies = []
    for heading, group in table.groups.items():
        lines = [f"<tr><th {span}>{escape(heading)}</th></tr>", *map(html_line, group)]
        bodies.append("\n".join(["<tbody>", *lines, "</tbody>"]))
    return "\n".join(["<table>", f"<thead><tr>{heads}</tr></thead>", *bodies, "</table>"])


def html_head(head: Head) -> str:
    """A head, of a metric with the way that is better."""
    return escape(head.text) + {"higher": " ↑", "lower": " ↓", None: ""}[head.better]


def html_note(table: Sheet) -> str:
    """What stands under the table, names in code's letters."""
    return re.sub("`(.+?)`", r"<code>\1</code>", escape(table.note))


def html_line(row: Row) -> str:
    """One row of the HTML table."""
    name, *others = row.heads
    heads = f"<td>{html_head(name)}</td>{''.join(number(one.text, one.text) for one in others)}"
    return f"<tr>{heads}{''.join(map(html_cell, row.cells))}</tr>"


def html_cell(cell: Cell) -> str:
    """A number, bold where it is the best, its spread behind it."""
    return number(cell.mean, cell.text("±", "<b>{}</b>"))


def number(value: str, text: str) -> str:
    """A cell that is sorted by its value, however it is written."""
    return f'<td data-value="{value}">{text}</td>' if value else "<td></td>"
