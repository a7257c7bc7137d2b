"""Energy spectra over the levels of every process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.ticker import LogLocator, NullLocator

from beyond_blur.analysis.spectrum import radial_spectrum
from beyond_blur.rendering.axes import panels_of_processes, put_legend_below
from beyond_blur.rendering.looks import level_colours
from beyond_blur.rendering.strips import Strips


def spectra(sets: Sequence[Strips]) -> Figure:
    """Radially averaged energy spectrum at several levels of each process.

    Parameters
    ----------
    sets : sequence of Strips
        Spectra are those of the forward states, means over images and channels.
    """
    figure, grid = panels_of_processes(len(sets))
    top, bottom = 0.0, np.inf
    for axes, one in zip(grid, sets, strict=True):
        shares = one.levels / max(one.levels[-1], 1)
        for j, colour in enumerate(level_colours(len(shares))):
            wavenumber, energy = radial_spectrum(one.forward[:, j])
            look: dict[str, Any] = {"color": colour, "marker": ".", "linewidth": 0.9}
            axes.loglog(wavenumber, energy, label=f"{shares[j]:.2f}", **look)
            top, bottom = max(top, float(energy.max())), min(bottom, float(energy.min()))
        axes.set_title(one.label)
        axes.set(xlabel="wave number, half waves", ylabel="energy per mode")
        axes.label_outer()
        axes.xaxis.set_major_locator(LogLocator(base=2))
        axes.xaxis.set_major_formatter("{x:g}")
        axes.xaxis.set_minor_locator(NullLocator())
    grid[0].set_ylim(max(bottom / 3, top * 1e-9), top * 3)
    most = max(range(len(sets)), key=lambda i: len(sets[i].levels))
    put_legend_below(
        figure, grid[most].get_legend_handles_labels()[0], columns=9 if len(sets) > 1 else 4
    )
    figure.legends[0].set_title("level / last level", FontProperties(size=7))
    return figure
