"""Precision against recall, density against coverage."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke

from beyond_blur.rendering.axes import put_legend_below
from beyond_blur.rendering.looks import REAL
from beyond_blur.rendering.metric_figures import draw_path
from beyond_blur.rendering.metric_rows import (
    branches,
    labelled,
    legend_of_processes,
    legend_of_rows,
    looks_in,
)
from beyond_blur.rendering.style import PAGE
from beyond_blur.rendering.tables import CEILING

STAR: dict[str, Any] = {"marker": "*", "markersize": 8, "color": REAL, "linestyle": "none"}
"""Of real images."""


def precision_recall(frame: pd.DataFrame) -> Figure:
    """Precision against recall, and density against coverage, each process a path over Pe.

    Parameters
    ----------
    frame : DataFrame
        Columns of ``results/table1.csv``.
    """
    frame = labelled(frame)
    figure = Figure(figsize=(PAGE, 3.1))
    pairs = (("recall", "precision"), ("coverage", "density"))
    for axes, (x, y) in zip(figure.subplots(1, 2), pairs, strict=True):
        draw_paths(axes, frame, x, y)
    samples = frame[frame["images"] == "samples"]
    handles = [*legend_of_processes(frame), *legend_of_rows(samples)]
    if (frame["images"] == "train").any():
        handles.append(Line2D([], [], label=f"real: {CEILING}", **STAR))
    put_legend_below(figure, handles)
    return figure


def draw_paths(axes: Axes, frame: pd.DataFrame, x: str, y: str) -> None:
    """One metric against another, the points of a path marked with their Peclet numbers."""
    look_of = looks_in(frame)
    for _, held_out, rows in branches(frame, "samples"):
        spreads = {"xerr": rows[f"{x}_std"], "yerr": rows[f"{y}_std"]}
        draw_path(axes, rows, look_of, rows[x], rows[y], spreads)
        for row in rows.to_dict("records") if len(rows) > 1 and not held_out else ():
            axes.annotate(
                f"{row['peclet']:g}",
                (row[x], row[y]),
                fontsize=7,
                xytext=(4, 4),
                textcoords="offset points",
                color=look_of[row["label"]].colour,
                path_effects=[withStroke(linewidth=2, foreground="white")],  # it may cross a line
            )
    real = frame[frame["images"] == "train"]
    axes.plot(real[x], real[y], **STAR)
    axes.set(xlabel=x, ylabel=y)
    axes.margins(0.12)
