"""Precision against recall, density against coverage."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from beyond_blur.rendering.axes import GREY
from beyond_blur.rendering.metric_figures import branches, colours, legend
from beyond_blur.rendering.tables import CEILING, FLOORS


def precision_recall(frame: pd.DataFrame) -> Figure:
    """Precision against recall, and density against coverage, each process a path over Pe."""
    figure = Figure(figsize=(8.0, 4.2))
    pairs = (("recall", "precision"), ("coverage", "density"))
    for axes, (x, y) in zip(figure.subplots(1, 2), pairs, strict=True):
        draw_path(axes, frame, x, y)
    handles = [h for h in legend(frame) if h.get_label() not in FLOORS.values()]
    if handles[-1].get_label() == CEILING:
        handles[-1].set(marker="*", linestyle="none", markersize=10)
    figure.legend(handles=handles, loc="outside lower center", ncols=3, frameon=False)
    return figure


def draw_path(axes: Axes, frame: pd.DataFrame, x: str, y: str) -> None:
    """One metric against another, the points marked with their Peclet numbers."""
    colour_of = colours(frame)
    for name, held_out, rows in branches(frame, "samples"):
        spread = {f"{axis}err": rows[f"{m}_std"].fillna(0) for axis, m in (("x", x), ("y", y))}
        colour = colour_of[name]
        axes.errorbar(
            rows[x], rows[y], **spread, color=colour, elinewidth=0.8, linestyle="none", alpha=0.4
        )
        line, fill = ("--", "none") if held_out else ("-", "full")
        axes.plot(
            rows[x],
            rows[y],
            color=colour,
            marker="o",
            markersize=4,
            fillstyle=fill,
            linestyle=line,
            alpha=0.6 if held_out else 1,
        )
        for _, row in rows[rows["peclet"].notna() & ~rows["prior"].eq("held_out")].iterrows():
            axes.annotate(
                f"{row['peclet']:g}",
                (row[x], row[y]),
                fontsize=7,
                xytext=(4, 4),
                textcoords="offset points",
                color=colour,
            )
    real = frame[frame["images"] == "train"]
    axes.plot(real[x], real[y], marker="*", markersize=10, color=GREY, linestyle="none")
    axes.set(xlabel=x, ylabel=y)
    axes.margins(0.12)
