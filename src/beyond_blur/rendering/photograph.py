"""Figure 2 of the paper: the energy spectrum of one photograph under each process."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D

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
    handles = grid[0].get_legend_handles_labels()[0]
    if any(f > 0 for panel in panels for f in panel.floor):
        handles.append(
            Line2D([], [], color=REAL, linestyle=":", linewidth=0.9, label="noise floor")
        )
    put_legend_below(figure, handles, columns=6)
    figure.legends[0].set_title("level / last level", FontProperties(size=7))
    return figure


def draw_spectra(axes: Axes, panel: SpectrumPanel) -> None:
    """A line for every level, and its noise floor."""
    for j, colour in enumerate(level_colours(len(panel.states))):
        wavenumber, energy = radial_spectrum(panel.states[j])
        axes.loglog(wavenumber, energy, color=colour, linewidth=1.2, label=f"{panel.shares[j]:g}")
        if panel.floor[j] > 0:
            axes.axhline(panel.floor[j], color=colour, linestyle=":", linewidth=0.9, zorder=1)


def draw_slopes(axes: Axes, top: float, side: int, slopes: Sequence[float]) -> None:
    """Power laws from a common point above the spectra down to the end of the axes, each named.

    Names stand above the lines; that of the steepest stands below it, with no line between.
    """
    start, bottom = 3.0, axes.get_ylim()[0]
    for slope in slopes:
        below = len(slopes) > 1 and slope == min(slopes)
        reach = min(side / 2, start * (bottom / (1.5 * top)) ** (1 / slope))
        k = np.geomspace(start, reach, 20)
        line = 1.5 * top * (k / start) ** slope
        axes.loglog(k, line, color=REAL, linestyle="--", linewidth=0.8, zorder=1)
        axes.annotate(
            f"$k^{{{slope:g}}}$",
            (k[9], line[9]) if below else (k[14], line[14]),
            fontsize=7,
            color=REAL,
            ha="right" if below else "left",
            va="top" if below else "bottom",
            xytext=(-1, 0) if below else (2, 2),
            textcoords="offset points",
        )
