"""Quality over the number of network calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from beyond_blur.config.labels import label
from beyond_blur.metrics import catalogue
from beyond_blur.metrics.metric import Metric
from beyond_blur.rendering import row_checks
from beyond_blur.rendering.axes import grid_of_axes, put_legend_below, use_plain_log_scale
from beyond_blur.rendering.looks import looks
from beyond_blur.rendering.metric_rows import drawn_metrics
from beyond_blur.rendering.style import PAGE
from beyond_blur.rendering.tables import table


def over_calls(rows: Sequence[list[dict[str, Any]]], calls: Sequence[int]) -> pd.DataFrame:
    """Metrics of samples, one row per process and number of network calls.

    Parameters
    ----------
    rows : sequence of list of dict
        Rows of each metrics file; those of floors are left out.
    calls : sequence of int
        Network calls per sample behind each file, from 1 up.

    Returns
    -------
    DataFrame
        ``label``, ``process``, ``peclet``, ``prior``, ``calls``, the metrics under the names of the
        table, and what they were measured with.

    Raises
    ------
    ValueError
        For rows that a table would be wrong of, that were not measured alike, or that come twice
        for one number of calls.
    """
    samples = [row for group in rows for row in group if row["images"] == "samples"]
    if samples:
        row_checks.check_agreement(samples, row_checks.OF_ONE_TABLE, "one figure")
    frames = [
        table([row for row in group if row["images"] == "samples"]).assign(calls=n)
        for group, n in zip(rows, calls, strict=True)
    ]
    frame = pd.concat(frames, ignore_index=True)
    twice = frame[frame.duplicated(["process", "peclet", "prior", "calls"])]
    if len(twice):
        raise ValueError(
            f"{twice['process'].iloc[0]} comes twice with {twice['calls'].iloc[0]} network calls: "
            "give each metrics file once"
        )
    frame["label"] = list(map(label, frame["process"], frame["peclet"]))
    facts = ["n_samples", "n_reference", "extractor", "nearest_k"]
    return frame[["label", "process", "peclet", "prior", "calls", *catalogue.columns(), *facts]]


def metrics_over_calls(frame: pd.DataFrame) -> Figure:
    """Frechet distance, precision, recall and coverage over the number of network calls.

    Parameters
    ----------
    frame : DataFrame
        Columns of ``results/steps.csv``.
    """
    metrics = drawn_metrics(frame, "steps")
    figure, panels = grid_of_axes(len(metrics), across=2, width=PAGE, height=2.1)
    for axes, metric in zip(panels, metrics, strict=True):
        draw_over_calls(axes, frame, metric)
    put_legend_below(figure, figure.axes[0].get_legend_handles_labels()[0])
    return figure


def draw_over_calls(axes: Axes, frame: pd.DataFrame, metric: Metric) -> None:
    """One metric of every process; the axis of calls is logarithmic."""
    look_of = looks(frame["label"])
    for name, rows in frame.groupby("label", sort=False):
        ordered, look = rows.sort_values("calls"), look_of[name]
        axes.plot(
            ordered["calls"],
            ordered[metric.name],
            color=look.colour,
            marker=look.marker,
            label=name,
        )
    axes.set_xscale("log")
    ticks = ticks_apart(sorted(frame["calls"].unique()))
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set(xlabel="network calls per sample", title=metric.title)
    if metric.better == "lower":
        use_plain_log_scale(axes)


def ticks_apart(values: Sequence[float], ratio: float = 1.4) -> list[float]:
    """Some of the rising values, none less than ``ratio`` times the one before."""
    kept: list[float] = []
    for value in values:
        if not kept or value >= ratio * kept[-1]:
            kept.append(float(value))
    return kept
