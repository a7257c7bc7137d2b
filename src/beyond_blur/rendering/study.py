"""The processes of the study side by side."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from beyond_blur.config.labels import label
from beyond_blur.metrics.catalogue import Metric
from beyond_blur.rendering.axes import GREY, grid_of_axes
from beyond_blur.rendering.metric_figures import base_name, colours, drawn_metrics
from beyond_blur.rendering.tables import printed


def study(frame: pd.DataFrame) -> Figure:
    """Every metric of every process of the study, from both kinds of prior, side by side.

    Parameters
    ----------
    frame : DataFrame
        Columns of ``results/study.csv``. Floors and ceiling are left to the table: with them on the
        axes the processes could not be told apart.
    """
    samples = printed(frame)
    samples = samples[samples["images"] == "samples"]
    names = samples["process"].map(base_name)
    labels = map(label, names, samples["peclet"])
    samples = samples.assign(name=names, label=list(labels))
    order = labels_in_order(samples)
    metrics = drawn_metrics(samples, "study")
    figure, panels = grid_of_axes(len(metrics), across=3, width=8.8, height=2.3, sharey=True)
    for axes, metric in zip(panels, metrics, strict=True):
        draw_study(axes, samples, metric, order)
    panels[0].set_yticks(range(len(order)), order)
    panels[0].invert_yaxis()
    handles = [
        Line2D([], [], color=GREY, marker="o", linestyle="none", fillstyle=fill, label=label)
        for fill, label in (("full", "prior of training images"), ("none", "of held-out images"))
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=2, frameon=False)
    return figure


def labels_in_order(samples: pd.DataFrame) -> list[str]:
    """Labels with those of one process together, in the order of the table, by rising Pe."""
    by_peclet = samples.sort_values("peclet", na_position="first")
    return [
        text
        for name in dict.fromkeys(samples["name"])
        for text in dict.fromkeys(by_peclet.loc[by_peclet["name"] == name, "label"])
    ]


def draw_study(axes: Axes, samples: pd.DataFrame, metric: Metric, order: list[str]) -> None:
    """One metric: a line of the axes per process, a mark with its spread per kind of prior."""
    colour_of = colours(samples)
    for row in samples.to_dict("records"):
        held_out = row["prior"] == "held_out"
        axes.errorbar(
            row[metric.name],
            order.index(row["label"]) + (0.15 if held_out else -0.15),
            xerr=np.nan_to_num(row[f"{metric.name}_std"]),
            fmt="o",
            color=colour_of[row["name"]],
            fillstyle="none" if held_out else "full",
            markersize=4,
            capsize=2,
            elinewidth=1,
        )
    axes.set_title(metric.title)
    if metric.near_zero:
        axes.set_xlim(-2e-4, max(0.01, axes.get_xlim()[1]))  # a handful is to look like one
    axes.locator_params(axis="x", nbins=4)
