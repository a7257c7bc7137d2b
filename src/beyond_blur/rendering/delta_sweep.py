"""Quality over the sampler noise delta: how much of a gain is variance that IHDM's withholds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from beyond_blur.config.labels import label
from beyond_blur.metrics import catalogue
from beyond_blur.metrics.metric import Metric
from beyond_blur.rendering import row_checks
from beyond_blur.rendering.axes import grid_of_axes, put_legend_below, use_plain_log_scale
from beyond_blur.rendering.looks import REAL, looks
from beyond_blur.rendering.metric_rows import drawn_metrics, mark
from beyond_blur.rendering.style import PAGE
from beyond_blur.rendering.tables import table

FACTS = ("n_trainings", "n_seeds", "n_samples", "n_reference", "extractor", "nearest_k")
"""What the numbers of a point were measured with."""


def over_deltas(
    rows: Sequence[list[dict[str, Any]]], points: Sequence[tuple[str, float]]
) -> pd.DataFrame:
    """Metrics of samples, a row for each process and delta: mean and spread over runs.

    Parameters
    ----------
    rows : sequence of list of dict
        Rows of each metrics file; those of floors are left out.
    points : sequence of (str, float)
        Delta as the configuration has it, and as a number, behind each file.

    Returns
    -------
    DataFrame
        ``process``, ``peclet``, ``prior``, ``delta`` (number), ``given`` (as configured), the
        metrics and their spreads under the names of the table, and what they were measured with.

    Raises
    ------
    ValueError
        For rows that a table would be wrong of, or that were not measured alike.
    """
    by_delta: dict[str, list[dict[str, Any]]] = {}
    numbers: dict[tuple[str, str, float | None], float] = {}
    for group, (given, number) in zip(rows, points, strict=True):
        samples = [row for row in group if row["images"] == "samples"]
        by_delta.setdefault(given, []).extend(samples)
        numbers |= {(given, row["process"], row["peclet"]): number for row in samples}
    row_checks.check_agreement(
        [row for group in by_delta.values() for row in group], row_checks.OF_ONE_TABLE, "one figure"
    )
    frames = []
    for given, group in by_delta.items():
        frame = table(group).assign(given=given)
        peclets = frame["peclet"].astype(object).where(frame["peclet"].notna(), None)
        whose = zip(frame["process"], peclets, strict=True)
        frames.append(frame.assign(delta=[numbers[given, *one] for one in whose]))
    names = catalogue.columns()
    spreads = [f"{name}_std" for name in names]
    columns = ["process", "peclet", "prior", "delta", "given", *names, *spreads, *FACTS]
    return pd.concat(frames, ignore_index=True)[columns]


def metrics_over_delta(frame: pd.DataFrame) -> Figure:
    """Every metric of every process over delta, with spreads; ``auto`` stands as an open mark.

    Parameters
    ----------
    frame : DataFrame
        Columns of ``results/deltas.csv``.
    """
    metrics = drawn_metrics(frame, "deltas")
    frame = frame.assign(label=list(map(label, frame["process"], frame["peclet"])))
    figure, panels = grid_of_axes(len(metrics), across=3, width=PAGE, height=2.2)
    for axes, metric in zip(panels, metrics, strict=True):
        draw_over_delta(axes, frame, metric)
    look_of = looks(frame["label"])
    handles = [mark(look_of[text], text) for text in dict.fromkeys(frame["label"])]
    if (frame["given"] == "auto").any():
        handles.append(
            Line2D([], [], color=REAL, marker="o", linestyle="", fillstyle="none", label="auto")
        )
    put_legend_below(figure, handles)
    return figure


def draw_over_delta(axes: Axes, frame: pd.DataFrame, metric: Metric) -> None:
    """One metric of every process over delta."""
    look_of = looks(frame["label"])
    for name, rows in frame.groupby("label", sort=False):
        ordered, look = rows.sort_values("delta"), look_of[str(name)]
        axes.plot(ordered["delta"], ordered[metric.name], color=look.colour, marker="")
        for row in ordered.to_dict("records"):
            spread = row[f"{metric.name}_std"]
            axes.errorbar(
                row["delta"],
                row[metric.name],
                yerr=0 if pd.isna(spread) else spread,
                color=look.colour,
                marker=look.marker,
                fillstyle="none" if row["given"] == "auto" else "full",
                elinewidth=0.8,
            )
    axes.set(xlabel="sampler noise $\\delta$", title=metric.title)
    if metric.better == "lower":
        use_plain_log_scale(axes)
