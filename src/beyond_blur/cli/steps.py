"""Verbs that draw samples side by side and quality over network calls: plotting alone."""

from __future__ import annotations

from beyond_blur import artifacts


def gallery(inputs: list[str], across: int, png: str, pdf: str) -> None:
    """Put what `explore` kept of several networks into one figure."""
    from beyond_blur import data, figures, sample_figures

    files = [artifacts.load(path, "exploration") for path in inputs]
    panels = [
        sample_figures.Panel(
            data.to_float(file.arrays["images"]),
            *(file.manifest[name] for name in ("rows", "columns", "title")),
        )
        for file in files
    ]
    figures.save(sample_figures.panels(panels, across), png, pdf)


def steps(metrics: list[str], calls: list[int], csv: str, png: str, pdf: str) -> None:
    """Gather metrics by the number of network calls: a CSV and a figure."""
    from beyond_blur import figures, sample_figures

    if not metrics:
        raise ValueError(
            "no metrics to draw over network calls: processes of kind own are left out of the "
            "figure, and there are no others"
        )
    rows = [artifacts.read_json(path)["rows"] for path in metrics]
    frame = sample_figures.over_calls(rows, calls)
    artifacts.write_text(csv, frame.to_csv(index=False, float_format="%.6g", lineterminator="\n"))
    figures.save(sample_figures.metrics_over_calls(frame), png, pdf)
