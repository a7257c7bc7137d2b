"""Figures of numbers: metrics over the Peclet number and over N, and what terminal states hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, LogLocator, NullLocator

from beyond_blur.metrics import frechet_at_infinity
from beyond_blur.rendering import style  # noqa: F401  (its settings hold for these figures too)
from beyond_blur.rendering.tables import (
    CEILING,
    FLOORS,
    HEADS,
    HELD_OUT,
    LOWER_IS_BETTER,
    printed,
    row_name,
)

FLOOR_STYLES = {"prior": ("x", ":"), "one_step": ("+", (0, (1, 3)))}
"""Marker and line of each floor."""


GREY = "0.35"


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


def metric_against_peclet(frame: pd.DataFrame) -> Figure:
    """Every metric over the Peclet number, with spreads, the ceiling and the floors."""
    frame = printed(frame)
    figure = Figure(figsize=(8.4, 5.4))
    for axes, metric in zip(figure.subplots(2, 3).flat, six_metrics(frame), strict=True):
        draw_metric(axes, frame, metric)
    figure.legend(handles=legend(frame), loc="outside lower center", ncols=3, frameon=False)
    return figure


def six_metrics(frame: pd.DataFrame) -> list[str]:
    """The metrics that figures show, the distance under the name its features earn it."""
    distance = "fid" if frame["fid"].notna().any() else "frechet_distance"
    return [distance, "precision", "recall", "density", "coverage", "copies"]


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
    peclet = samples["peclet"].map(lambda value: "" if pd.isna(value) else f", Pe = {value:g}")
    samples = samples.assign(name=names, label=names.str.replace("_", " ") + peclet)
    labels = list(dict.fromkeys(samples.sort_values("peclet", na_position="first")["label"]))
    order = [label for name in dict.fromkeys(samples["name"].str.replace("_", " "))
             for label in labels if label.partition(",")[0] == name]  # fmt: skip
    figure = Figure(figsize=(8.8, 4.6))
    panels = figure.subplots(2, 3, sharey=True)
    for axes, metric in zip(panels.flat, six_metrics(samples), strict=True):
        draw_study(axes, samples, metric, order)
    panels[0, 0].set_yticks(range(len(order)), order)
    panels[0, 0].invert_yaxis()
    handles = [
        Line2D([], [], color=GREY, marker="o", linestyle="none", fillstyle=fill, label=label)
        for fill, label in (("full", "prior of training images"), ("none", "of held-out images"))
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=2, frameon=False)
    return figure


def draw_study(axes: Axes, samples: pd.DataFrame, metric: str, order: list[str]) -> None:
    """One metric: a line of the axes per process, a mark with its spread per kind of prior."""
    colour_of = colours(samples)
    for row in samples.to_dict("records"):
        held_out = row["prior"] == "held_out"
        place = order.index(row["label"]) + (0.15 if held_out else -0.15)
        axes.errorbar(row[metric], place, xerr=np.nan_to_num(row[f"{metric}_std"]), fmt="o",
                      color=colour_of[row["name"]], fillstyle="none" if held_out else "full",
                      markersize=4, capsize=2, elinewidth=1)  # fmt: skip
    axes.set_title(HEADS[metric] if metric in LOWER_IS_BETTER else metric)
    if metric == "copies":
        axes.set_title("copies of the prior's image")
        axes.set_xlim(-2e-4, max(0.01, axes.get_xlim()[1]))  # a handful is to look like one
    axes.locator_params(axis="x", nbins=4)


def draw_metric(axes: Axes, frame: pd.DataFrame, metric: str) -> None:
    """One metric over the Peclet number."""
    colour_of = colours(frame)
    for name, held_out, rows in branches(frame, "samples"):
        draw_process(axes, rows, metric, colour_of[name], held_out)
    for floor, (marker, line) in FLOOR_STYLES.items():
        for name, held_out, rows in branches(frame, floor):
            if not held_out and rows["peclet"].notna().all():
                axes.plot(rows["peclet"], rows[metric], color=colour_of[name], alpha=0.6,
                          marker=marker, linestyle=line, linewidth=1)  # fmt: skip
    for value in frame.loc[frame["images"] == "train", metric]:
        axes.axhline(value, color=GREY, linestyle="-", linewidth=1)
    axes.set_title(HEADS[metric] if metric in LOWER_IS_BETTER else metric)
    mark_peclet(axes, frame["peclet"].dropna().unique())
    if metric in LOWER_IS_BETTER:
        use_plain_log_scale(axes)
    elif metric == "copies":
        axes.set_title("copies of the prior's image")
        axes.set_ylim(0, max(0.05, axes.get_ylim()[1]))  # a handful of copies is to look like one


def mark_peclet(axes: Axes, values: np.ndarray) -> None:
    """Name the axis, with a tick at every Peclet number where they are few."""
    axes.set_xlabel("Péclet number" if len(values) else "")
    if len(values) == 1:
        axes.set_xlim(values[0] - 1, values[0] + 1)  # one number has no range of its own
    if len(values) < 6:
        axes.set_xticks(sorted(values), [f"{value:g}" for value in sorted(values)])


def use_plain_log_scale(axes: Axes) -> None:
    """A logarithmic axis whose ticks are plain numbers."""
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_locator(NullLocator())


def draw_process(axes: Axes, rows: pd.DataFrame, metric: str, colour: str, held_out: bool) -> None:
    """A curve with spreads; a horizontal line with its band where there is no Peclet number."""
    line, fill = ("--", "none") if held_out else ("-", "full")
    spread = rows[f"{metric}_std"].fillna(0)
    if rows["peclet"].notna().all():
        axes.errorbar(rows["peclet"], rows[metric], yerr=spread, color=colour, linestyle=line,
                      marker="o", markersize=4, fillstyle=fill, capsize=3)  # fmt: skip
        return
    mean, width = rows[metric].iloc[0], spread.iloc[0]
    axes.axhline(mean, color=colour, linestyle=line, linewidth=1.5)
    axes.axhspan(mean - width, mean + width, color=colour, alpha=0.15, linewidth=0)


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
        axes.errorbar(rows[x], rows[y], **spread, color=colour, elinewidth=0.8, linestyle="none",
                      alpha=0.4)  # fmt: skip
        line, fill = ("--", "none") if held_out else ("-", "full")
        axes.plot(rows[x], rows[y], color=colour, marker="o", markersize=4, fillstyle=fill,
                  linestyle=line, alpha=0.6 if held_out else 1)  # fmt: skip
        for _, row in rows[rows["peclet"].notna() & ~rows["prior"].eq("held_out")].iterrows():
            axes.annotate(f"{row['peclet']:g}", (row[x], row[y]), fontsize=7, xytext=(4, 4),
                          textcoords="offset points", color=colour)  # fmt: skip
    real = frame[frame["images"] == "train"]
    axes.plot(real[x], real[y], marker="*", markersize=10, color=GREY, linestyle="none")
    axes.set(xlabel=x, ylabel=y)
    axes.margins(0.12)


def fid_against_n(rows: Sequence[dict[str, Any]]) -> Figure:
    """The Frechet distance over 1 / N of every process, and the line to infinite N.

    Parameters
    ----------
    rows : sequence of dict
        Rows of the metrics files; all seeds of one process are averaged.
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
    inception = shown[0]["extractor"].startswith("inception")
    axes.set(xlabel="samples N (axis linear in 1 / N)",
             ylabel="FID" if inception else "Fréchet distance")  # fmt: skip
    use_plain_log_scale(axes)
    figure.legend(loc="outside right center", fontsize=8, frameon=False)
    return figure


def curve_name(row: dict[str, Any]) -> str:
    """What a curve over N is called."""
    name = row_name(row).replace("_", " ")
    if row["peclet"] is None:
        return name
    start, prior, _ = name.partition(HELD_OUT)
    return f"{start}, Pe = {row['peclet']:g}{prior}"


def draw_extrapolation(axes: Axes, rows: list[dict[str, Any]], name: str, colour: Any) -> None:
    """Means and spreads over seeds, the straight line in 1 / N and where it ends."""
    fill = "none" if name.endswith(HELD_OUT) else "full"
    sizes = rows[0]["frechet_sizes"]
    values = np.array([row["frechet_by_size"] for row in rows])
    spread = values.std(axis=0, ddof=1) if len(rows) > 1 else np.zeros(len(sizes))
    x, y = 1 / np.array(sizes, dtype=float), values.mean(axis=0)
    axes.errorbar(x, y, yerr=spread, color=colour, marker="o", markersize=4, capsize=2,
                  fillstyle=fill, linestyle="none", label=name)  # fmt: skip
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


def amplitudes(frame: pd.DataFrame) -> Figure:
    """Amplitude and correlation of the lowest modes of the terminal states, over wave number.

    Parameters
    ----------
    frame : DataFrame
        Columns of ``results/terminal_amplitude.csv``.
    """
    figure = Figure(figsize=(8.0, 3.4))
    left, right = figure.subplots(1, 2)
    modes = frame.assign(wavenumber=np.hypot(frame["mode_x"], frame["mode_y"]).round(3))
    modes = modes[modes["wavenumber"].between(1, 4)]
    for i, (name, rows) in enumerate(
        modes.groupby(["process", "peclet"], dropna=False, sort=False)
    ):
        label = name[0].replace("_", " ") + ("" if pd.isna(name[1]) else f", Pe = {name[1]:g}")
        rings = rows.groupby("wavenumber")
        means = rings[["amplitude", "correlation"]].mean()
        error = rings["standard_error"].apply(lambda e: np.sqrt(np.square(e).sum()) / len(e))
        left.errorbar(means.index, means["amplitude"], yerr=error, color=f"C{i % 10}", marker=".",
                      capsize=2, elinewidth=0.8, label=label)  # fmt: skip
        right.plot(means.index, means["correlation"], color=f"C{i % 10}", marker=".")
    blur = modes.groupby("wavenumber")["pure_blur"].first()
    left.plot(blur.index, blur, color=GREY, linestyle="--", label="pure blur")
    for axes, quantity in ((left, "amplitude kept"), (right, "correlation with the image")):
        axes.set(xlabel="wave number, half waves per image", ylabel=quantity)
        axes.axhline(0, color=GREY, linewidth=0.6)
    chance = 2 / np.sqrt(modes["n_images"].min())
    right.axhspan(-chance, chance, color=GREY, alpha=0.15, linewidth=0, label="by chance (95 %)")
    figure.legend(loc="outside lower center", ncols=3, fontsize=8, frameon=False)
    return figure
