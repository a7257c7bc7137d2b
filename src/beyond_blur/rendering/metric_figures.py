"""Every metric over the Peclet number, with the ceiling and the floors."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from beyond_blur.metrics import catalogue
from beyond_blur.metrics.catalogue import Metric
from beyond_blur.rendering.axes import GREY, grid_of_axes, use_plain_log_scale
from beyond_blur.rendering.tables import CEILING, FLOORS, HELD_OUT, printed

FLOOR_STYLES = {"prior": ("x", ":"), "one_step": ("+", (0, (1, 3)))}
"""Marker and line of each floor."""


def metric_against_peclet(frame: pd.DataFrame) -> Figure:
    """Every metric over the Peclet number, with spreads, the ceiling and the floors.

    Parameters
    ----------
    frame : DataFrame
        Columns of ``results/table1.csv``.
    """
    frame = printed(frame)
    metrics = drawn_metrics(frame, "metrics")
    figure, panels = grid_of_axes(len(metrics), across=3, width=8.4, height=2.7)
    for axes, metric in zip(panels, metrics, strict=True):
        draw_metric(axes, frame, metric)
    figure.legend(handles=legend(frame), loc="outside lower center", ncols=3, frameon=False)
    return figure


def drawn_metrics(frame: pd.DataFrame, figure: str) -> list[Metric]:
    """The metrics that a figure shows, a distance under the one name that its features earn it.

    Parameters
    ----------
    frame : DataFrame
        The metrics' values, in columns.
    figure : str
        Name of the figure in the catalogue.
    """

    def is_measured(name: str) -> bool:
        return name in frame and bool(frame[name].notna().any())

    drawn, earned = catalogue.drawn_in(figure), catalogue.inception_names()
    not_earned = {name for name in earned if not is_measured(name)}
    replaced = {other for name, other in earned.items() if name not in not_earned}
    return [metric for metric in drawn if metric.name not in not_earned | replaced]


def draw_metric(axes: Axes, frame: pd.DataFrame, metric: Metric) -> None:
    """One metric over the Peclet number."""
    colour_of = colours(frame)
    for name, held_out, rows in branches(frame, "samples"):
        draw_process(axes, rows, metric, colour_of[name], held_out)
    for floor, (marker, line) in FLOOR_STYLES.items():
        for name, held_out, rows in branches(frame, floor):
            if not held_out and rows["peclet"].notna().all():
                axes.plot(
                    rows["peclet"],
                    rows[metric.name],
                    color=colour_of[name],
                    alpha=0.6,
                    marker=marker,
                    linestyle=line,
                    linewidth=1,
                )
    for value in frame.loc[frame["images"] == "train", metric.name]:
        axes.axhline(value, color=GREY, linestyle="-", linewidth=1)
    axes.set_title(metric.title)
    mark_peclet(axes, frame["peclet"].dropna().unique())
    if metric.better == "lower":
        use_plain_log_scale(axes)
    elif metric.near_zero:
        axes.set_ylim(0, max(0.05, axes.get_ylim()[1]))  # a handful of copies is to look like one


def draw_process(
    axes: Axes, rows: pd.DataFrame, metric: Metric, colour: str, held_out: bool
) -> None:
    """A curve with spreads; a horizontal line with its band where there is no Peclet number."""
    line, fill = ("--", "none") if held_out else ("-", "full")
    spread = rows[f"{metric.name}_std"].fillna(0)
    if rows["peclet"].notna().all():
        axes.errorbar(
            rows["peclet"],
            rows[metric.name],
            yerr=spread,
            color=colour,
            linestyle=line,
            marker="o",
            markersize=4,
            fillstyle=fill,
            capsize=3,
        )
        return
    mean, width = rows[metric.name].iloc[0], spread.iloc[0]
    axes.axhline(mean, color=colour, linestyle=line, linewidth=1.5)
    axes.axhspan(mean - width, mean + width, color=colour, alpha=0.15, linewidth=0)


def mark_peclet(axes: Axes, values: np.ndarray) -> None:
    """Name the axis, with a tick at every Peclet number where they are few."""
    axes.set_xlabel("Péclet number" if len(values) else "")
    if len(values) == 1:
        axes.set_xlim(values[0] - 1, values[0] + 1)  # one number has no range of its own
    if len(values) < 6:
        axes.set_xticks(sorted(values), [f"{value:g}" for value in sorted(values)])


def legend(frame: pd.DataFrame) -> list[Line2D]:
    """Processes by colour, then what the styles of line stand for."""
    handles = [
        Line2D([], [], color=colour, marker="o", markersize=4, label=name.replace("_", " "))
        for name, colour in colours(frame).items()
    ]
    if (frame["prior"] == "held_out").any():
        handles.append(Line2D([], [], color=GREY, linestyle="--", label="held-out prior"))
    for floor, (marker, line) in FLOOR_STYLES.items():
        if (frame["images"] == floor).any():
            handles.append(
                Line2D([], [], color=GREY, marker=marker, linestyle=line, label=FLOORS[floor])
            )
    if (frame["images"] == "train").any():
        handles.append(Line2D([], [], color=GREY, linewidth=1, label=CEILING))
    return handles


def colours(frame: pd.DataFrame) -> dict[str, str]:
    """A colour for every process, whatever images and priors its rows stand for."""
    names = dict.fromkeys(frame.loc[frame["images"] == "samples", "process"].map(base_name))
    return {name: f"C{i}" for i, name in enumerate(names)}


def base_name(name: str) -> str:
    """The process a row belongs to, without floor and prior."""
    return name.split(", ")[-1].removesuffix(HELD_OUT)


def branches(frame: pd.DataFrame, images: str) -> Iterator[tuple[str, bool, pd.DataFrame]]:
    """Process, whether its priors are held out, and its rows by rising Peclet number."""
    rows = frame[frame["images"] == images]
    for name, group in rows.groupby("process", sort=False):
        yield base_name(name), name.endswith(HELD_OUT), group.sort_values("peclet")
