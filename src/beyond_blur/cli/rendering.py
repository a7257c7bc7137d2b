"""Verbs of workflow/rules/rendering.smk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from beyond_blur.cli.verbs import FILE, FILES, MAYBE_FILE, option, verb
from beyond_blur.config import schema_text
from beyond_blur.storage import artifacts, atomic

if TYPE_CHECKING:
    from matplotlib.figure import Figure


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

    frame = tables.table([row for path in metrics for row in atomic.read_json(path)["rows"]])
    atomic.write_text(csv, tables.to_csv(frame))
    atomic.write_text(markdown, tables.to_markdown(frame, preset))
    atomic.write_text(latex, tables.to_latex(frame, preset))
    atomic.write_text(text, tables.to_terminal(frame, preset))


@verb(
    option(
        "name",
        choices=[
            "samples",
            "strips",
            "spectrum",
            "metric",
            "loss",
            "neighbours",
            "fid_against_n",
            "precision_recall",
            "amplitude",
            "study",
        ],
    ),
    option("--inputs", **FILES),
    option("--labels", nargs="*", default=[], metavar="TEXT"),
    option("--real", **MAYBE_FILE),
    option("--png", **FILE),
    option("--pdf", **FILE),
)
def figure(
    name: str, inputs: list[str], labels: list[str], real: str | None, png: str, pdf: str
) -> None:
    """Draw one figure as PNG and PDF."""
    from beyond_blur.rendering import style

    draw = {
        "samples": lambda: samples(inputs, labels, real),
        "strips": lambda: strips(inputs, labels),
        "spectrum": lambda: spectrum(inputs, labels),
        "metric": lambda: metric(inputs),
        "study": lambda: study(inputs),
        "neighbours": lambda: nearest(inputs, labels),
        "fid_against_n": lambda: distance_over_n(inputs),
        "precision_recall": lambda: trade_off(inputs),
        "amplitude": lambda: amplitude_over_modes(inputs),
        "loss": lambda: loss(inputs, labels),
    }
    style.save(draw[name](), png, pdf)


def samples(inputs: list[str], labels: list[str], real: str | None) -> Figure:
    """Real images beside the samples of every process."""
    from beyond_blur.data import pixels
    from beyond_blur.rendering import image_grids

    if real is None:
        raise ValueError("--real is missing: the figure shows real images beside the samples")
    pictures = pixels.to_float(artifacts.load(real, "images").arrays["images"][:64])
    drawn = [artifacts.load(path, "samples").arrays["samples"][:64] for path in inputs]
    sets = [(label, pixels.to_float(s)) for label, s in zip(labels, drawn, strict=True)]
    return image_grids.sample_grids(pictures, sets)


def strips(inputs: list[str], labels: list[str]) -> Figure:
    """Forward and reverse strip of every process."""
    from beyond_blur.rendering import image_grids

    files = [artifacts.load(path, "trajectory").arrays for path in inputs]
    return image_grids.strips([
        (label, file["forward"], file["backward"], file["levels"])
        for label, file in zip(labels, files, strict=True)
    ])  # fmt: skip


def spectrum(inputs: list[str], labels: list[str]) -> Figure:
    """Energy spectrum of images at several levels of every process."""
    from beyond_blur.rendering import curves

    files = [artifacts.load(path, "trajectory").arrays for path in inputs]
    return curves.spectra([
        (label, file["forward"], file["levels"]) for label, file in zip(labels, files, strict=True)
    ])  # fmt: skip


def metric(inputs: list[str]) -> Figure:
    """Every metric over the Peclet number, from the table."""
    import pandas as pd

    from beyond_blur.rendering import metric_figures

    return metric_figures.metric_against_peclet(pd.read_csv(inputs[0]))


def study(inputs: list[str]) -> Figure:
    """The processes of the study side by side, from its table."""
    import pandas as pd

    from beyond_blur.rendering import metric_figures

    return metric_figures.study(pd.read_csv(inputs[0]))


def trade_off(inputs: list[str]) -> Figure:
    """Precision against recall over the Peclet number, from the table."""
    import pandas as pd

    from beyond_blur.rendering import metric_figures

    return metric_figures.precision_recall(pd.read_csv(inputs[0]))


def distance_over_n(inputs: list[str]) -> Figure:
    """The Frechet distance over the number of samples, from the metrics of every seed."""
    from beyond_blur.rendering import metric_figures

    rows = [row for path in inputs for row in atomic.read_json(path)["rows"]]
    return metric_figures.fid_against_n(rows)


def amplitude_over_modes(inputs: list[str]) -> Figure:
    """What terminal states still hold of their images, from the table of amplitudes."""
    import pandas as pd

    from beyond_blur.rendering import metric_figures

    return metric_figures.amplitudes(pd.read_csv(inputs[0]))


def nearest(inputs: list[str], labels: list[str]) -> Figure:
    """Samples of every process over the training images nearest to them."""
    from beyond_blur.rendering import image_grids

    files = [artifacts.load(path, "neighbours").arrays for path in inputs]
    return image_grids.neighbours([
        (label, file["images"], file["copies"]) for label, file in zip(labels, files, strict=True)
    ])  # fmt: skip


@verb(
    option("--inputs", **FILES),
    option("--csv", **FILE),
)
def terminal_amplitude(inputs: list[str], csv: str) -> None:
    """Gather the amplitudes of every process into one CSV."""
    import pandas as pd

    frame = pd.DataFrame([row for path in inputs for row in atomic.read_json(path)["rows"]])
    text = frame.to_csv(index=False, float_format="%.6g", lineterminator="\n")
    atomic.write_text(csv, text)


def loss(inputs: list[str], labels: list[str]) -> Figure:
    """Training loss of every process."""
    import pandas as pd

    from beyond_blur.rendering import curves

    histories = [pd.read_json(path, lines=True) for path in inputs]
    return curves.losses(list(zip(labels, histories, strict=True)))


@verb(
    option("--out", **FILE),
)
def schema(out: str) -> None:
    """Write the JSON schema of the configuration."""
    atomic.write_text(out, schema_text())
