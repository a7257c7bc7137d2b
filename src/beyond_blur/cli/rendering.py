"""Verbs of workflow/rules/rendering.smk."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from beyond_blur import artifacts
from beyond_blur.config import json_schema

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def table(metrics: list[str], preset: str, csv: str, markdown: str, latex: str, text: str) -> None:
    """Gather metrics into the table: CSV, Markdown, LaTeX, plain text."""
    from beyond_blur import tables

    frame = tables.table([row for path in metrics for row in artifacts.read_json(path)["rows"]])
    artifacts.write_text(csv, tables.to_csv(frame))
    artifacts.write_text(markdown, tables.to_markdown(frame, preset))
    artifacts.write_text(latex, tables.to_latex(frame, preset))
    artifacts.write_text(text, tables.to_terminal(frame, preset))


def figure(
    name: str, inputs: list[str], labels: list[str], real: str | None, png: str, pdf: str
) -> None:
    """Draw one figure as PNG and PDF."""
    from beyond_blur import figures

    draw = {
        "samples": lambda: samples(inputs, labels, real),
        "strips": lambda: strips(inputs, labels),
        "spectrum": lambda: spectrum(inputs, labels),
        "metric": lambda: metric(inputs),
        "loss": lambda: loss(inputs, labels),
    }
    figures.save(draw[name](), png, pdf)


def samples(inputs: list[str], labels: list[str], real: str | None) -> Figure:
    """Real images beside the samples of every process."""
    from beyond_blur import data, figures

    if real is None:
        raise ValueError("--real is missing: the figure shows real images beside the samples")
    pictures = data.to_float(artifacts.load(real, "images").arrays["images"][:64])
    drawn = [artifacts.load(path, "samples").arrays["samples"][:64] for path in inputs]
    sets = [(label, data.to_float(s)) for label, s in zip(labels, drawn, strict=True)]
    return figures.sample_grids(pictures, sets)


def strips(inputs: list[str], labels: list[str]) -> Figure:
    """Forward and reverse strip of every process."""
    from beyond_blur import figures

    files = [artifacts.load(path, "trajectory").arrays for path in inputs]
    return figures.strips([
        (label, file["forward"], file["backward"], file["levels"])
        for label, file in zip(labels, files, strict=True)
    ])  # fmt: skip


def spectrum(inputs: list[str], labels: list[str]) -> Figure:
    """Energy spectrum of images at several levels of every process."""
    from beyond_blur import figures

    files = [artifacts.load(path, "trajectory").arrays for path in inputs]
    return figures.spectra([
        (label, file["forward"], file["levels"]) for label, file in zip(labels, files, strict=True)
    ])  # fmt: skip


def metric(inputs: list[str]) -> Figure:
    """Every metric over the Peclet number, from the table."""
    import pandas as pd

    from beyond_blur import figures

    return figures.metric_against_peclet(pd.read_csv(inputs[0]))


def loss(inputs: list[str], labels: list[str]) -> Figure:
    """Training loss of every process."""
    import pandas as pd

    from beyond_blur import figures

    histories = [pd.read_json(path, lines=True) for path in inputs]
    return figures.losses(list(zip(labels, histories, strict=True)))


def schema(out: str) -> None:
    """Write the JSON schema of the configuration."""
    import yaml

    lines = "# Made by `python -m beyond_blur schema`: the fields of src/beyond_blur/config.py.\n"
    schema = json.loads(json.dumps(json_schema()))
    artifacts.write_text(out, lines + yaml.safe_dump(schema, sort_keys=False, width=100))
