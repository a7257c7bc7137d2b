"""Verbs that draw samples side by side and quality over network calls: plotting alone."""

from __future__ import annotations

from beyond_blur.cli.verbs import FILE, FILES, MAYBE_FILES, option, verb
from beyond_blur.storage import artifacts, atomic


@verb(
    option("--inputs", **FILES),
    option("--across", type=int, default=1, metavar="N", help="panels beside each other"),
    option("--png", **FILE),
    option("--pdf", **FILE),
)
def gallery(inputs: list[str], across: int, png: str, pdf: str) -> None:
    """Put what explore kept of several networks into one figure."""
    from beyond_blur.data import pixels
    from beyond_blur.rendering import style
    from beyond_blur.rendering.panels import Panel, draw_panels

    files = [artifacts.load(path, "exploration") for path in inputs]
    panels = [
        Panel(
            pixels.to_float(file.arrays["images"]),
            *(file.manifest[name] for name in ("rows", "columns", "title")),
        )
        for file in files
    ]
    style.save(draw_panels(panels, across), png, pdf)


@verb(
    option("--metrics", **MAYBE_FILES),
    option(
        "--calls", type=int, nargs="*", default=[], metavar="N", help="network calls behind each"
    ),
    option("--csv", **FILE),
    option("--png", **FILE),
    option("--pdf", **FILE),
)
def steps(metrics: list[str], calls: list[int], csv: str, png: str, pdf: str) -> None:
    """Gather metrics by the number of network calls: a CSV and a figure."""
    from beyond_blur.rendering import network_calls, style

    if not metrics:
        raise ValueError(
            "no metrics to draw over network calls: processes of kind own are left out of the "
            "figure, and there are no others"
        )
    rows = [atomic.read_json(path)["rows"] for path in metrics]
    frame = network_calls.over_calls(rows, calls)
    atomic.write_text(csv, frame.to_csv(index=False, float_format="%.6g", lineterminator="\n"))
    style.save(network_calls.metrics_over_calls(frame), png, pdf)
