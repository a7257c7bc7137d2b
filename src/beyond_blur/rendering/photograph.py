"""Figure 2 of the paper: the energy spectrum of one photograph under each process."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from beyond_blur.analysis.photograph import SpectrumPanel
from beyond_blur.analysis.spectrum import radial_spectrum

LEVELS = matplotlib.colormaps["viridis"]


def spectra_of_one_photograph(
    panels: Sequence[SpectrumPanel], slopes: Sequence[float] = (-2.0, -3.0)
) -> Figure:
    """Radially averaged energy spectrum of one photograph under each process (figure 2).

    Double logarithmic, with power laws for reference and the noise floor of each level as a dotted
    line: white noise of standard deviation s is flat at s^2.

    Parameters
    ----------
    panels : sequence of SpectrumPanel
    slopes : sequence of float
        Exponents of the reference lines.
    """
    figure = Figure(figsize=(2.9 * len(panels), 3.1))
    grid = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    top = max(float(radial_spectrum(p.states[0])[1].max()) for p in panels)
    lowest = min((f for p in panels for f in p.floor if f > 0), default=top * 1e-8)
    for axes, panel in zip(grid, panels, strict=True):
        draw_spectra(axes, panel)
        draw_slopes(axes, top, panel.states.shape[-1], slopes)
        axes.set_ylim(lowest / 8, top * 5)
        axes.set_title(panel.label)
        axes.set_xlabel("wave number, half waves per image")
        axes.legend(fontsize=6, loc="lower left", frameon=True, framealpha=0.85, edgecolor="none")
    grid[0].set_ylabel("energy per mode")
    return figure


def draw_spectra(axes: Axes, panel: SpectrumPanel) -> None:
    """A line for every level, and its noise floor at the fine end."""
    m = len(panel.states)
    for j in range(m):
        wavenumber, energy = radial_spectrum(panel.states[j])
        colour = LEVELS(0.9 * j / max(m - 1, 1))
        axes.loglog(wavenumber, energy, color=colour, linewidth=1.2, label=panel.names[j])
        if panel.floor[j] > 0:
            axes.axhline(panel.floor[j], color=colour, linestyle=":", linewidth=0.9, zorder=1)
    floors = sorted({f for f in panel.floor if f > 0})
    if floors:
        # One floor has room under its fine end; several stand close there, and have it on the left.
        alone = len(floors) == 1
        axes.annotate(
            "noise floor" if alone else "noise floors",
            (0.98 if alone else 0.02, floors[-1]),
            xycoords=("axes fraction", "data"),
            ha="right" if alone else "left",
            xytext=(0, -6 if alone else 2),
            textcoords="offset points",
            va="top" if alone else "bottom",
            fontsize=7,
        )


def draw_slopes(axes: Axes, top: float, side: int, slopes: Sequence[float]) -> None:
    """Power laws from a common point above the spectra, each named at its end."""
    start = 3.0
    k = np.geomspace(start, side / 2, 20)
    for slope in slopes:
        line = 1.5 * top * (k / start) ** slope
        axes.loglog(k, line, color="0.45", linestyle="--", linewidth=0.8, zorder=1)
        axes.annotate(
            f"$k^{{{slope:g}}}$",
            (k[14], line[14]),
            fontsize=8,
            color="0.35",
            xytext=(2, 2),
            textcoords="offset points",
        )
