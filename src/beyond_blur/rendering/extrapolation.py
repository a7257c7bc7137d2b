"""The Frechet distance over the number of samples, extrapolated to infinitely many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from beyond_blur.config.labels import label
from beyond_blur.features.extractor import is_fid
from beyond_blur.metrics import frechet_at_infinity
from beyond_blur.rendering.axes import put_legend_below, use_plain_log_scale
from beyond_blur.rendering.looks import REAL, Look, looks
from beyond_blur.rendering.runs import by_run
from beyond_blur.rendering.style import PAGE
from beyond_blur.rendering.tables import CEILING, HELD_OUT

Curve = tuple[str, bool]
"""A process's label, empty of real images, and whether its priors are of held-out images."""


def fid_against_n(rows: Sequence[dict[str, Any]]) -> Figure:
    """The Frechet distance over 1 / N of every process, and the line to infinite N.

    Parameters
    ----------
    rows : sequence of dict
        Rows of the metrics files; all trainings and seeds of one process are averaged.
    """
    figure = Figure(figsize=(0.8 * PAGE, 2.9))
    axes = figure.subplots()
    shown = [row for row in rows if row["images"] in ("samples", "train")]
    curves: dict[Curve, list[dict[str, Any]]] = {}
    for row in shown:
        curves.setdefault(curve_of(row), []).append(row)
    look_of = {"": Look(REAL, "o"), **looks(text for text, _ in curves if text)}
    for (text, held_out), group in curves.items():
        draw_extrapolation(axes, group, (text, held_out), look_of[text])
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
    put_legend_below(figure, axes.get_legend_handles_labels()[0], columns=3)
    return figure


def curve_of(row: dict[str, Any]) -> Curve:
    """The curve over N that a row belongs to."""
    if row["images"] == "train":
        return "", False
    return label(row["process"], row["peclet"]), row["prior"] == "held_out"


def draw_extrapolation(axes: Axes, rows: list[dict[str, Any]], curve: Curve, look: Look) -> None:
    """Means and spreads over trainings or seeds, the straight line in 1 / N and where it ends."""
    text, held_out = curve
    fill = "none" if held_out else "full"
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
        color=look.colour,
        marker=look.marker,
        fillstyle=fill,
        linestyle="none",
        label=f"{text}{HELD_OUT if held_out else ''}" if text else f"real: {CEILING}",
    )
    if len(sizes) > 1:
        end = frechet_at_infinity(sizes, y)
        slope = np.polyfit(x, y, 1)[0]
        line = np.linspace(0, x.max(), 50)
        straight = end + slope * line
        # What is not above 0 has no place on a logarithmic axis; an unclipped mark there would take
        # the whole figure's height from the layout.
        axes.plot(line, np.where(straight > 0, straight, np.nan), color=look.colour, linewidth=1)
        ends: dict[str, Any] = {
            "marker": look.marker,
            "markersize": 6,
            "fillstyle": fill,
            "clip_on": False,
        }
        if end > 0:
            axes.plot(0, end, color=look.colour, **ends)


def spaced(positions: np.ndarray, gap: float = 0.1) -> list[float]:
    """Some of the positions, no two closer than a share of their range (and of zero)."""
    kept: list[float] = []
    for position in sorted(positions, reverse=True):
        far = all(abs(position - other) >= gap * positions.max() for other in [0.0, *kept])
        if far:
            kept.append(float(position))
    return kept
