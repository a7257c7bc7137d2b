"""Every metric over the Peclet number, with the ceiling and the floors.

Where there are fewer than two Peclet numbers there is no axis of them: processes stand in lines.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from beyond_blur.metrics.metric import Metric
from beyond_blur.rendering.axes import grid_of_axes, put_legend_below, use_plain_log_scale
from beyond_blur.rendering.looks import REAL, Look
from beyond_blur.rendering.metric_rows import (
    FLOOR_STYLES,
    branches,
    drawn_metrics,
    labelled,
    legend_of_processes,
    legend_of_rows,
    looks_in,
)
from beyond_blur.rendering.process_lines import process_lines
from beyond_blur.rendering.style import PAGE
from beyond_blur.rendering.tables import printed


def metric_against_peclet(frame: pd.DataFrame) -> Figure:
    """Every metric over the Peclet number, with spreads, the ceiling and the floors.

    Parameters
    ----------
    frame : DataFrame
        Columns of ``results/table1.csv``.
    """
    frame = labelled(printed(frame))
    metrics = drawn_metrics(frame, "metrics")
    if frame["peclet"].nunique() < 2:
        return process_lines(frame, metrics)
    figure, panels = grid_of_axes(len(metrics), across=3, width=PAGE, height=1.9)
    for axes, metric in zip(panels, metrics, strict=True):
        draw_metric(axes, frame, metric)
    put_legend_below(figure, [*legend_of_processes(frame), *legend_of_rows(frame)])
    return figure


def draw_metric(axes: Axes, frame: pd.DataFrame, metric: Metric) -> None:
    """One metric over the Peclet number."""
    look_of = looks_in(frame)
    axes.set_title(metric.title)
    mark_peclet(axes, frame["peclet"].dropna().unique())
    for name, held_out, rows in branches(frame, "samples"):
        if rows["peclet"].notna().all():
            y, spread = rows[metric.name], rows[f"{metric.name}_std"]
            draw_path(axes, rows, look_of, rows["peclet"], y, {"yerr": spread})
        else:
            draw_level(axes, rows.iloc[0], metric, look_of[name], held_out)
    for floor, (marker, line) in FLOOR_STYLES.items():
        for name, held_out, rows in branches(frame, floor):
            if not held_out and rows["peclet"].notna().all():
                look = {"color": look_of[name].colour, "marker": marker, "linestyle": line}
                axes.plot(rows["peclet"], rows[metric.name], alpha=0.6, linewidth=1, **look)
    for value in frame.loc[frame["images"] == "train", metric.name]:
        axes.axhline(value, color=REAL, linewidth=1)
    if metric.better == "lower":
        use_plain_log_scale(axes)
    elif metric.near_zero:
        axes.set_ylim(0, max(0.05, axes.get_ylim()[1]))  # a handful of copies is to look like one


def draw_path(
    axes: Axes,
    rows: pd.DataFrame,
    look_of: dict[str, Look],
    x: pd.Series,
    y: pd.Series,
    spreads: dict[str, pd.Series],
) -> None:
    """A process over its Peclet numbers: one line, and each number's mark with its spreads.

    Parameters
    ----------
    axes : Axes
    rows : DataFrame
        Of `branches`: of one process and one kind of prior.
    look_of : dict
        As `looks_in` says.
    x, y : Series
        Where the rows stand.
    spreads : dict of {"xerr", "yerr"} to Series
        Empty values are no spread.
    """
    held_out, colour = rows["held_out"].iloc[0], look_of[rows["title"].iloc[0]].colour
    axes.plot(x, y, color=colour, linestyle="--" if held_out else "-", zorder=1.9)
    for i, text in rows["label"].items():
        axes.errorbar(
            x[i],
            y[i],
            **{name: np.nan_to_num(spread[i]) for name, spread in spreads.items()},
            color=look_of[text].colour,
            marker=look_of[text].marker,
            fillstyle="none" if held_out else "full",
            elinewidth=0.8,
        )


def draw_level(axes: Axes, row: pd.Series, metric: Metric, look: Look, held_out: bool) -> None:
    """A process without a Peclet number: a horizontal line with the band of its spread."""
    mean, width = row[metric.name], np.nan_to_num(row[f"{metric.name}_std"])
    axes.axhline(
        mean,
        0.03,
        0.97,
        color=look.colour,
        marker=look.marker,
        linestyle="--" if held_out else "-",
        fillstyle="none" if held_out else "full",
    )
    axes.axhspan(mean - width, mean + width, color=look.colour, alpha=0.15, linewidth=0)


def mark_peclet(axes: Axes, values: np.ndarray) -> None:
    """Name the axis, with a tick at every Peclet number where they are few."""
    axes.set_xlabel("Péclet number")
    if len(values) < 6:
        axes.set_xticks(sorted(values), [f"{value:g}" for value in sorted(values)])
