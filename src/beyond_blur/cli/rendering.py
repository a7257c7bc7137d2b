"""Verbs of workflow/rules/tables.smk and rendering.smk."""

from __future__ import annotations

import json
from typing import Literal

from beyond_blur.cli.verbs import FILE, FILES, MAYBE_FILES, TRAITS, option, verb
from beyond_blur.config import markdown, schema_text
from beyond_blur.rendering.figures import FIGURES, draw_figure
from beyond_blur.rendering.film_registry import FILMS, draw_film
from beyond_blur.storage import atomic

MAYBE_TEXTS = {"nargs": "*", "default": [], "metavar": "TEXT"}


@verb(
    option("--spec", metavar="JSON", help="the rows that the table has to have"),
    option("--metrics", **FILES),
    option("--preset", default="", metavar="NAME"),
    option("--methods", choices=["rows", "columns"], default="rows", help="what methods are"),
    option("--csv", **FILE),
    option("--markdown", **FILE),
    option("--latex", **FILE),
    option("--html", **FILE),
    option("--text", **FILE),
)
def table(
    spec: str | None,
    metrics: list[str],
    preset: str,
    methods: Literal["rows", "columns"],
    csv: str,
    markdown: str,
    latex: str,
    html: str,
    text: str,
) -> None:
    """Gather metrics into the table: CSV, Markdown, LaTeX, HTML, plain text."""
    from beyond_blur.config.evaluation_specs import TableSpec, made_with
    from beyond_blur.config.rule_specs import from_json
    from beyond_blur.rendering import table_formats, tables
    from beyond_blur.rendering.given import Given
    from beyond_blur.rendering.number_loading import rows, table_rows
    from beyond_blur.storage import outputs

    given = Given(metrics)
    found = rows(given) if spec is None else table_rows(given, from_json(TableSpec, spec))
    frame = tables.table(found)
    atomic.write_text(csv, tables.to_csv(frame))
    for ending, path in {"md": markdown, "tex": latex, "html": html, "txt": text}.items():
        atomic.write_text(path, table_formats.TEXTS[ending](frame, preset, methods))
    outputs.write_manifest(
        [csv, markdown, latex, html, text],
        kind="table",
        spec=made_with(None if spec is None else json.loads(spec), preset, methods),
        inputs={"metrics": metrics},
        packages=("numpy", "pandas"),
    )


@verb(
    option("--spec", metavar="JSON", help="the rows that there have to be"),
    option("--metrics", **FILES),
    option("--preset", default="", metavar="NAME"),
    option("--csv", **FILE),
    option("--intervals", **FILE),
    option("--markdown", **FILE),
)
def compare_rows(
    spec: str | None, metrics: list[str], preset: str, csv: str, intervals: str, markdown: str
) -> None:
    """Test the table's rows against each other, and give its means intervals."""
    from beyond_blur.config.evaluation_specs import TableSpec
    from beyond_blur.config.rule_specs import from_json
    from beyond_blur.rendering import comparisons
    from beyond_blur.rendering.given import Given
    from beyond_blur.rendering.number_loading import rows, table_rows
    from beyond_blur.rendering.tables import to_csv
    from beyond_blur.storage import outputs

    given = Given(metrics)
    found = rows(given) if spec is None else table_rows(given, from_json(TableSpec, spec))
    tests, ends = comparisons.tests(found), comparisons.intervals(found)
    atomic.write_text(csv, to_csv(tests))
    atomic.write_text(intervals, to_csv(ends))
    atomic.write_text(markdown, comparisons.to_markdown(ends, tests))
    outputs.write_manifest(
        [csv, intervals, markdown],
        kind="comparison",
        spec={"preset": preset, "rows": None if spec is None else json.loads(spec)},
        inputs={"metrics": metrics},
        packages=("numpy", "pandas", "scipy"),
    )


@verb(
    option("name", choices=FIGURES),
    option("--inputs", **MAYBE_FILES),
    option("--labels", **MAYBE_TEXTS, help="what each input is called"),
    option("--specs", **MAYBE_TEXTS, help="processes as JSON, of a figure that runs them"),
    option("--traits", **TRAITS),
    option("--png", **FILE),
    option("--pdf", **FILE),
)
def figure(
    name: str,
    inputs: list[str],
    labels: list[str],
    specs: list[str],
    traits: str | None,
    png: str,
    pdf: str,
) -> None:
    """Draw one figure as PNG and PDF."""
    from beyond_blur.rendering.given import Given
    from beyond_blur.storage import outputs

    wanted = [] if traits is None else json.loads(traits)
    draw_figure(name, (png, pdf), Given(inputs, labels, specs, wanted))
    spec = {"figure": name, "labels": labels, "specs": [json.loads(spec) for spec in specs]}
    outputs.write_manifest([png, pdf], kind="figure", spec=spec, inputs={"inputs": inputs})


@verb(
    option("name", choices=FILMS),
    option("--inputs", **FILES),
    option("--labels", **MAYBE_TEXTS, help="what each input is called"),
    option("--traits", **TRAITS),
    option("--gif", **FILE),
    option("--mp4", **FILE),
)
def film(
    name: str, inputs: list[str], labels: list[str], traits: str | None, gif: str, mp4: str
) -> None:
    """Draw one film as GIF and MP4."""
    from beyond_blur.rendering.given import Given
    from beyond_blur.storage import outputs

    wanted = [] if traits is None else json.loads(traits)
    draw_film(name, (gif, mp4), Given(inputs, labels, traits=wanted))
    outputs.write_manifest(
        [gif, mp4],
        kind="film",
        spec={"film": name, "labels": labels},
        inputs={"inputs": inputs},
        packages=("av", "matplotlib", "numpy", "pillow"),
    )


@verb(
    option("--results", default="results", metavar="FOLDER", help="of a run, finished or not"),
    option("--out", metavar="FILE", help="default: report.html in that folder"),
)
def report(results: str, out: str | None) -> None:
    """Write one page of what a run has so far: table, figures, what was run, times."""
    from pathlib import Path

    from beyond_blur.rendering.report import page
    from beyond_blur.storage import workflow_files

    folder = Path(results)
    if not folder.is_dir():
        raise ValueError(f"--results {results} is no folder: give the folder results of a run")
    path = Path(out) if out else folder / "report.html"
    atomic.write_text(path, page(folder, workflow_files.folder() / "workflow/report"))
    print(f"report: {path.resolve().as_uri()}")


@verb(
    option("--inputs", **FILES),
    option("--traits", **TRAITS),
    option("--csv", **FILE),
)
def terminal_amplitude(inputs: list[str], traits: str | None, csv: str) -> None:
    """Gather the amplitudes of every process into one CSV."""
    import pandas as pd

    from beyond_blur.rendering.given import Given
    from beyond_blur.rendering.number_loading import amplitude_rows
    from beyond_blur.rendering.tables import to_csv
    from beyond_blur.storage import outputs

    given = Given(inputs, traits=[] if traits is None else json.loads(traits))
    atomic.write_text(csv, to_csv(pd.DataFrame(amplitude_rows(given))))
    packages = ("numpy", "pandas")
    outputs.write_manifest(
        [csv], kind="amplitudes", spec={}, inputs={"inputs": inputs}, packages=packages
    )


@verb(
    option("--inputs", **FILES),
    option("--traits", **TRAITS),
    option("--csv", **FILE),
)
def mean_colours(inputs: list[str], traits: str | None, csv: str) -> None:
    """Gather how far samples are from the mean colours of their initial states into one CSV."""
    import pandas as pd

    from beyond_blur.analysis.mean_colour import colour_rows
    from beyond_blur.rendering.given import Given
    from beyond_blur.rendering.loading import starts
    from beyond_blur.rendering.tables import to_csv
    from beyond_blur.storage import outputs

    given = Given(inputs, traits=[] if traits is None else json.loads(traits))
    rows = [row for found in starts(given) for row in colour_rows(found)]
    atomic.write_text(csv, to_csv(pd.DataFrame(rows)))
    packages = ("numpy", "pandas")
    outputs.write_manifest(
        [csv], kind="mean_colours", spec={}, inputs={"inputs": inputs}, packages=packages
    )


@verb(
    option("--out", **FILE),
    option("--page", metavar="FILE", help="the page of options for docs, as Markdown"),
)
def schema(out: str, page: str | None) -> None:
    """Write the JSON schema of the configuration, and the page of its options."""
    atomic.write_text(out, schema_text())
    if page is not None:
        atomic.write_text(page, markdown())
