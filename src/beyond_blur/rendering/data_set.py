"""The facts of a data set in one figure: energy of its scales, values of its pixels, classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

from beyond_blur.analysis.mean_colour import CHANNELS
from beyond_blur.rendering.axes import use_plain_log_scale
from beyond_blur.rendering.contact_sheet import cut
from beyond_blur.rendering.style import PAGE

CALLED = {"train": "training", "held_out": "held out"}
COLOUR_OF = {"train": "#555555", "held_out": "#b0b0b0"}
"""Greys: colours are those of methods."""

COLOURS = {1: ("0.25",), 3: ("#c0392b", "#2e8b57", "#2c6fbb")}
BINS = 64
ABOVE: dict[str, Any] = {
    "fontsize": 6,
    "ncols": 3,
    "loc": "lower left",
    "bbox_to_anchor": (-0.02, 0.98),
    "columnspacing": 0.8,
    "handlelength": 1.2,
    "handletextpad": 0.4,
}
"""Of legends: bars and curves leave no room beside them."""

MOST_NAMED = 20
"""Classes that are named; more are drawn by size, without names."""


def data_set(facts: Mapping[str, Any]) -> Figure:
    """Spectra of both splits, histograms of the channels, and images of each class, if any.

    Parameters
    ----------
    facts : mapping
        As `beyond_blur.rendering.set_loading.facts` reads it.
    """
    train = facts["splits"]["train"]
    panels = 3 if train["classes"] else 2
    figure = Figure(figsize=(PAGE, 2.9))
    grid = figure.subplots(1, panels)
    spectra(grid[0], facts)
    values(grid[1], train)
    if train["classes"]:
        classes(grid[2], facts["splits"])
    figure.suptitle("\n".join(words(facts)), fontsize=7, x=0.01, ha="left", linespacing=1.4)
    return figure


def words(facts: Mapping[str, Any]) -> list[str]:
    """The numbers that are no curves, a line for both splits and one for what repeats."""
    splits = facts["splits"]
    counts = ", ".join(f"{splits[s]['images']:,} {CALLED[s]}" for s in CALLED)
    c, h, w = facts["shape"]
    colour = CHANNELS[c][0] if c == 1 else "colour"
    left_out = sum(splits[split]["left_out"] for split in CALLED)
    repeats = " and ".join(f"{splits[s]['repeats']:,} {CALLED[s]}" for s in CALLED)
    copies = facts["held_out_in_train"]
    lines = [
        f"{facts['name']}: {counts}; {w} x {h} pixels, {colour}; resize: {facts['resize']}",
        f"repeats: {repeats}; held-out images that are training images: {copies:,}",
    ]
    if left_out:
        lines[0] += f"; {left_out:,} unreadable left out"
    return lines


def spectra(axes: Axes, facts: Mapping[str, Any]) -> None:
    """Energy over the wave number, of both splits."""
    for split, style in (("train", "-"), ("held_out", "--")):
        found = facts["splits"][split]["spectrum"]
        axes.loglog(
            found["wavenumber"],
            found["energy"],
            style,
            color=COLOUR_OF[split],
            label=CALLED[split],
        )
    axes.set(xlabel="wave number, half waves per image", ylabel="energy per mode")
    axes.xaxis.set_major_locator(LogLocator(base=2))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_locator(NullLocator())
    axes.legend(**ABOVE)


def values(axes: Axes, split: Mapping[str, Any]) -> None:
    """How often values occur in each channel; the mean is a dashed line."""
    edges = np.linspace(0, 1, BINS + 1)
    channels = len(split["mean"])
    for i, (colour, name) in enumerate(zip(COLOURS[channels], CHANNELS[channels], strict=True)):
        counts = np.asarray(split["histogram"][i], dtype=float).reshape(BINS, -1).sum(1)
        mean, spread = split["mean"][i], split["std"][i]
        label = f"{name} {mean:.2f} ± {spread:.2f}"
        axes.stairs(counts / counts.sum(), edges, color=colour, label=label)
        axes.stairs(counts / counts.sum(), edges, color=colour, fill=True, alpha=0.12)
        axes.axvline(mean, color=colour, linestyle="--", linewidth=0.9)
    use_plain_log_scale(axes)
    axes.set(xlim=(0, 1), xlabel="value (dashed: its mean)", ylabel="share of training pixels")
    axes.legend(**ABOVE)


def classes(axes: Axes, splits: Mapping[str, Any]) -> None:
    """Images of each class: a bar for each, or, of many, a curve of their sizes."""
    counts = {split: splits[split]["classes"] or {} for split in CALLED}
    names = list(counts["train"])
    before = np.zeros(len(names))
    for split, found in counts.items():
        look: dict[str, Any] = {"color": COLOUR_OF[split], "label": CALLED[split]}
        if len(names) > MOST_NAMED:
            axes.plot(sorted(found.values(), reverse=True), drawstyle="steps-mid", **look)
        else:
            widths = np.array([found.get(name, 0) for name in names])
            axes.barh(np.arange(len(names)), widths, left=before, **look)
            before += widths
    if len(names) > MOST_NAMED:
        axes.set(xlabel="classes, by size", ylabel="images of a class", ylim=(0, None))
    else:
        axes.set_yticks(np.arange(len(names)), [cut(name) for name in names])
        axes.invert_yaxis()
        axes.set_xlabel(f"images of {len(names)} classes")
        axes.grid(axis="y", visible=False)
    axes.legend(**ABOVE)
