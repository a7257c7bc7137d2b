"""Curves: spectra and losses."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

from beyond_blur.analysis.spectrum import radial_spectrum


def spectra(sets: Sequence[tuple[str, np.ndarray, np.ndarray]]) -> Figure:
    """Radially averaged energy spectrum at several levels of each process.

    Parameters
    ----------
    sets : sequence of (label, forward, levels)
        States of shape (n, m, c, h, w); spectra are means over images and channels.
    """
    figure = Figure(figsize=(2.6 * len(sets) + 0.8, 2.8))
    grid = figure.subplots(1, len(sets), sharey=True, squeeze=False)[0]
    colours = matplotlib.colormaps["viridis"]
    top, bottom = 0.0, np.inf
    for axes, (label, forward, levels) in zip(grid, sets, strict=True):
        for j, level in enumerate(levels):
            wavenumber, energy = radial_spectrum(forward[:, j])
            colour = colours(0.9 * j / max(len(levels) - 1, 1))
            share = level / max(levels[-1], 1)
            axes.loglog(wavenumber, energy, color=colour, marker=".", label=f"k / K = {share:.2f}")
            top, bottom = max(top, float(energy.max())), min(bottom, float(energy.min()))
        axes.set_title(label)
        axes.set_xlabel("wave number, half waves per image")
        axes.xaxis.set_major_locator(LogLocator(base=2))
        axes.xaxis.set_major_formatter("{x:g}")
        axes.xaxis.set_minor_locator(NullLocator())
    grid[0].set_ylabel("energy per mode")
    grid[0].set_ylim(max(bottom / 3, top * 1e-9), top * 3)
    handles, labels = grid[-1].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right center", fontsize=7, frameon=False)
    return figure


def losses(sets: Sequence[tuple[str, pd.DataFrame]]) -> Figure:
    """Loss over steps, in training and on held-out images, and over levels at the end of training.

    Parameters
    ----------
    sets : sequence of (label, history)
        Columns ``step``, ``loss``, ``loss_per_band`` and, where it was measured,
        ``held_out_loss``, which has gaps.
    """
    figure = Figure(figsize=(9, 3.2))
    left, right = figure.subplots(1, 2)
    for i, (label, history) in enumerate(sets):
        colour = f"C{i % 10}"
        left.plot(history["step"], history["loss"], color=colour, linewidth=0.8, alpha=0.7)
        if "held_out_loss" in history:
            held_out = history.dropna(subset="held_out_loss")
            left.plot(held_out["step"], held_out["held_out_loss"].astype(float), color=colour,
                      marker="o", markersize=4, linestyle="--", linewidth=1)  # fmt: skip
        last = history["loss_per_band"].iloc[-max(len(history) // 4, 1) :]
        bands = pd.DataFrame(last.tolist(), dtype=float).mean()
        middles = (np.arange(len(bands)) + 0.5) / len(bands)
        right.plot(middles, bands, color=colour, marker=".", linewidth=1, label=label)
    left.set(yscale="log", xlabel="step", ylabel="loss per image")
    left.set_title("training (lines), held out (dots)")
    right.set(yscale="log", xlabel="level k / K", xlim=(0, 1), title="last quarter of training")
    handles, labels = right.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right center", fontsize=7, frameon=False)
    return figure
