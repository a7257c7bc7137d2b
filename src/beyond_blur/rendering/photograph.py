"""Figure 2 of the paper: the energy spectrum of one photograph under each process."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from beyond_blur.analysis.photograph import SpectrumPanel
from beyond_blur.analysis.spectrum import radial_spectrum
from beyond_blur.rendering.axes import panels_of_processes, put_legend_below
from beyond_blur.rendering.looks import REAL, level_colours

NOTHING = 1e-9
"""Of the largest energy: less is rounding, and not drawn."""


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
    figure, grid = panels_of_processes(len(panels))
    energies = [radial_spectrum(state)[1] for panel in panels for state in panel.states]
    top = max(float(energy.max()) for energy in energies)
    lowest = min(*(float(energy.min()) for energy in energies),
                 *(f for panel in panels for f in panel.floor if f > 0))  # fmt: skip
    for axes, panel in zip(grid, panels, strict=True):
        draw_spectra(axes, panel)
        axes.set_ylim(max(lowest / 3, top * NOTHING), top * 5)
        draw_slopes(axes, top, panel.states.shape[-1], slopes)
        axes.set_title(panel.label)
        axes.set(xlabel="wave number k, half waves", ylabel="energy per mode")
        axes.label_outer()
    put_legend_below(figure, grid[0].get_legend_handles_labels()[0], columns=5)
    figure.legends[0].set_title("level / last level", FontProperties(size=7))
    return figure


def draw_spectra(axes: Axes, panel: SpectrumPanel) -> None:
    """A line for every level, and its noise floor at the fine end."""
    for j, colour in enumerate(level_colours(len(panel.states))):
        wavenumber, energy = radial_spectrum(panel.states[j])
        axes.loglog(wavenumber, energy, color=colour, linewidth=1.2, label=f"{panel.shares[j]:g}")
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
    """Power laws from a common point above the spectra down to the end of the axes, each named."""
    start, bottom = 3.0, axes.get_ylim()[0]
    for slope in slopes:
        reach = min(side / 2, start * (bottom / (1.5 * top)) ** (1 / slope))
        k = np.geomspace(start, reach, 20)
        line = 1.5 * top * (k / start) ** slope
        axes.loglog(k, line, color=REAL, linestyle="--", linewidth=0.8, zorder=1)
        axes.annotate(
            f"$k^{{{slope:g}}}$",
            (k[14], line[14]),
            fontsize=7,
            color=REAL,
            xytext=(2, 2),
            textcoords="offset points",
        )
