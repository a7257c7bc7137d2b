"""Energy spectra over the levels of every process."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

from beyond_blur.analysis.spectrum import radial_spectrum
from beyond_blur.rendering.strips import Strips


def spectra(sets: Sequence[Strips]) -> Figure:
    """Radially averaged energy spectrum at several levels of each process.

    Parameters
    ----------
    sets : sequence of Strips
        Spectra are those of the forward states, means over images and channels.
    """
    figure = Figure(figsize=(2.6 * len(sets) + 0.8, 2.8))
    grid = figure.subplots(1, len(sets), sharey=True, squeeze=False)[0]
    colours = matplotlib.colormaps["viridis"]
    top, bottom = 0.0, np.inf
    for axes, one in zip(grid, sets, strict=True):
        levels = one.levels
        for j, level in enumerate(levels):
            wavenumber, energy = radial_spectrum(one.forward[:, j])
            colour = colours(0.9 * j / max(len(levels) - 1, 1))
            share = level / max(levels[-1], 1)
            axes.loglog(wavenumber, energy, color=colour, marker=".", label=f"k / K = {share:.2f}")
            top, bottom = max(top, float(energy.max())), min(bottom, float(energy.min()))
        axes.set_title(one.label)
        axes.set_xlabel("wave number, half waves per image")
        axes.xaxis.set_major_locator(LogLocator(base=2))
        axes.xaxis.set_major_formatter("{x:g}")
        axes.xaxis.set_minor_locator(NullLocator())
    grid[0].set_ylabel("energy per mode")
    grid[0].set_ylim(max(bottom / 3, top * 1e-9), top * 3)
    handles, labels = grid[-1].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right center", fontsize=7, frameon=False)
    return figure
