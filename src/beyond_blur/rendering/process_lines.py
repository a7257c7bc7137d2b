"""Every metric of some processes: a line for each process, a mark for each of its rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from beyond_blur.metrics.metric import Metric
from beyond_blur.rendering.axes import grid_of_axes, put_legend_below, use_plain_log_scale
from beyond_blur.rendering.looks import REAL
from beyond_blur.rendering.metric_rows import FLOOR_STYLES, legend_of_rows, looks_in
from beyond_blur.rendering.style import PAGE

LINE = 0.2
"""Inches from one process to the next."""

ASIDE = 0.18
"""Of a held-out prior below its process's line, and of the other above it, in lines."""


def process_lines(frame: pd.DataFrame, metrics: Sequence[Metric]) -> Figure:
    """Every metric of every process: from both kinds of prior where there are both, and floors.

    Parameters
    ----------
    frame : DataFrame
        `metric_rows.labelled` rows, as printed.
    metrics : sequence of Metric
    """
    order = labels_in_order(frame[frame["images"] == "samples"])
    height = 0.55 + LINE * len(order)
    figure, panels = grid_of_axes(len(metrics), across=3, width=PAGE, height=height, sharey=True)
    for axes, metric in zip(panels, metrics, strict=True):
        draw_metric(axes, frame, metric, order)
    panels[0].set_yticks(range(len(order)), order)
    panels[0].set_ylim(len(order) - 0.5, -0.5)
    handles = legend_of_rows(frame, line="")
    if handles:
        put_legend_below(figure, handles)
    return figure


def labels_in_order(samples: pd.DataFrame) -> list[str]:
    """Labels with those of one process together, in the order of the table, by rising Pe."""
    by_peclet = samples.sort_values("peclet", na_position="first")
    return [
        text
        for name in dict.fromkeys(samples["title"])
        for text in dict.fromkeys(by_peclet.loc[by_peclet["title"] == name, "label"])
    ]


def draw_metric(axes: Axes, frame: pd.DataFrame, metric: Metric, order: list[str]) -> None:
    """One metric: marks with their spreads; real images, if there are any, as a grey line."""
    look_of, both = looks_in(frame), frame["held_out"].any()
    for row in frame[frame["images"] != "train"].to_dict("records"):
        if row["label"] not in order or pd.isna(row[metric.name]):
            continue
        look, floor = look_of[row["label"]], FLOOR_STYLES.get(row["images"])
        aside = (ASIDE if row["held_out"] else -ASIDE) if both else 0
        axes.errorbar(
            row[metric.name],
            order.index(row["label"]) + aside,
            xerr=np.nan_to_num(row[f"{metric.name}_std"]),
            marker=floor[0] if floor else look.marker,
            color=look.colour,
            fillstyle="none" if row["held_out"] else "full",
            elinewidth=0.8,
        )
    for value in frame.loc[frame["images"] == "train", metric.name].dropna():
        axes.axvline(value, color=REAL, linewidth=1)
    axes.set_title(metric.title)
    if metric.better == "lower":
        use_plain_log_scale(axes, "x", most=4)
    elif metric.near_zero:
        axes.set_xlim(-2e-4, max(0.01, axes.get_xlim()[1]))  # a handful is to look like one
        axes.locator_params(axis="x", nbins=3)
    else:
        axes.locator_params(axis="x", nbins=4)
