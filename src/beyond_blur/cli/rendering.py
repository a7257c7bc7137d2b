"""Verbs of workflow/rules/rendering.smk."""

from __future__ import annotations

from beyond_blur.cli.verbs import FILE, FILES, MAYBE_FILES, option, verb
from beyond_blur.config import markdown, schema_text
from beyond_blur.rendering.figures import FIGURES, draw_figure
from beyond_blur.storage import atomic

MAYBE_TEXTS = {"nargs": "*", "default": [], "metavar": "TEXT"}


@verb(
    option("--metrics", **FILES),
    option("--preset", default="", metavar="NAME"),
    option("--csv", **FILE),
    option("--markdown", **FILE),
    option("--latex", **FILE),
    option("--text", **FILE),
)
def table(metrics: list[str], preset: str, csv: str, markdown: str, latex: str, text: str) -> None:
    """Gather metrics into the table: CSV, Markdown, LaTeX, plain text."""
    from beyond_blur.rendering import tables
    from beyond_blur.rendering.loading import Given, rows

    frame = tables.table(rows(Given(metrics)))
    atomic.write_text(csv, tables.to_csv(frame))
    atomic.write_text(markdown, tables.to_markdown(frame, preset))
    atomic.write_text(latex, tables.to_latex(frame, preset))
    atomic.write_text(text, tables.to_terminal(frame, preset))


@verb(
    option("name", choices=FIGURES),
    option("--inputs", **MAYBE_FILES),
    option("--labels", **MAYBE_TEXTS, help="what each input is called"),
    option("--specs", **MAYBE_TEXTS, help="processes as JSON, of a figure that runs them"),
    option("--png", **FILE),
    option("--pdf", **FILE),
)
def figure(
    name: str, inputs: list[str], labels: list[str], specs: list[str], png: str, pdf: str
) -> None:
    """Draw one figure as PNG and PDF."""
    draw_figure(name, (png, pdf), inputs, labels, specs)


@verb(
    option("--inputs", **FILES),
    option("--csv", **FILE),
)
def terminal_amplitude(inputs: list[str], csv: str) -> None:
    """Gather the amplitudes of every process into one CSV."""
    import pandas as pd

    from beyond_blur.rendering.loading import Given, amplitude_rows
    from beyond_blur.rendering.tables import to_csv

    atomic.write_text(csv, to_csv(pd.DataFrame(amplitude_rows(Given(inputs)))))


@verb(
    option("--out", **FILE),
    option("--page", metavar="FILE", help="the page of options for docs, as Markdown"),
)
def schema(out: str, page: str | None) -> None:
    """Write the JSON schema of the configuration, and the page of its options."""
    atomic.write_text(out, schema_text())
    if page is not None:
        atomic.write_text(page, markdown())
