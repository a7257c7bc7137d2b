"""The Frechet distance over the number of samples, extrapolated to infinitely many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from beyond_blur.config.labels import label
from beyond_blur.features.extractor import is_fid
from beyond_blur.metrics import frechet_at_infinity
from beyond_blur.rendering.axes import GREY, use_plain_log_scale
from beyond_blur.rendering.runs import by_run
from beyond_blur.rendering.tables import CEILING, HELD_OUT, row_name


def fid_against_n(rows: Sequence[dict[str, Any]]) -> Figure:
    """The Frechet distance over 1 / N of every process, and the line to infinite N.

    Parameters
    ----------
    rows : sequence of dict
        Rows of the metrics files; all trainings and seeds of one process are averaged.
    """
    figure = Figure(figsize=(6.6, 4.0))
    axes = figure.subplots()
    shown = [row for row in rows if row["images"] in ("samples", "train")]
    curves: dict[str, list[dict[str, Any]]] = {}
    for row in shown:
        curves.setdefault(curve_name(row), []).append(row)
    hues = dict.fromkeys(name.removesuffix(HELD_OUT) for name in curves if name != CEILING)
    table = matplotlib.colormaps["tab10" if len(hues) <= 10 else "tab20"]
    colour_of = {name: table(i % table.N) for i, name in enumerate(hues)}
    for name, group in curves.items():
        draw_extrapolation(axes, group, name, colour_of.get(name.removesuffix(HELD_OUT), GREY))
    sizes = sorted({size for row in shown for size in row["frechet_sizes"]})
    ticks = spaced(1 / np.array(sizes, dtype=float))
    axes.xaxis.set_major_locator(FixedLocator([0.0, *ticks]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticklabels(["∞", *(f"{1 / t:,.0f}" for t in ticks)])
    inception = is_fid(shown[0]["extractor"])
    axes.set(
        xlabel="samples N (axis linear in 1 / N)", ylabel="FID" if inception else "Fréchet distance"
    )
    use_plain_log_scale(axes)
    figure.legend(loc="outside right center", fontsize=8, frameon=False)
    return figure


def curve_name(row: dict[str, Any]) -> str:
    """What a curve over N is called."""
    name = row_name(row)
    start, prior, _ = name.partition(HELD_OUT)
    return label(start, row["peclet"]) + prior


def draw_extrapolation(axes: Axes, rows: list[dict[str, Any]], name: str, colour: Any) -> None:
    """Means and spreads over trainings or seeds, the straight line in 1 / N and where it ends."""
    fill = "none" if name.endswith(HELD_OUT) else "full"
    sizes = rows[0]["frechet_sizes"]
    every = pd.DataFrame([row["frechet_by_size"] for row in rows])
    trainings = [row["training_seed"] for row in rows]
    values = by_run(every.assign(training_seed=trainings), every.columns).to_numpy()
    spread = values.std(axis=0, ddof=1) if len(values) > 1 else np.zeros(len(sizes))
    x, y = 1 / np.array(sizes, dtype=float), values.mean(axis=0)
    axes.errorbar(
        x,
        y,
        yerr=spread,
        color=colour,
        marker="o",
        markersize=4,
        capsize=2,
        fillstyle=fill,
        linestyle="none",
        label=name,
    )
    if len(sizes) > 1:
        end = frechet_at_infinity(sizes, y)
        slope = np.polyfit(x, y, 1)[0]
        line = np.linspace(0, x.max(), 50)
        axes.plot(line, end + slope * line, color=colour, linewidth=1)
        axes.plot(0, end, color=colour, marker="D", markersize=5, fillstyle=fill)


def spaced(positions: np.ndarray, gap: float = 0.1) -> list[float]:
    """Some of the positions, no two closer than a share of their range (and of zero)."""
    kept: list[float] = []
    for position in sorted(positions, reverse=True):
        far = all(abs(position - other) >= gap * positions.max() for other in [0.0, *kept])
        if far:
            kept.append(float(position))
    return kept
