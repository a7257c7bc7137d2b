"""Coarse to fine: which wave numbers the reverse steps of every process restore, and when."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from beyond_blur.analysis.restored import Restored, restored
from beyond_blur.rendering.axes import MOST_ACROSS, put_legend_below, use_plain_log_scale
from beyond_blur.rendering.looks import REAL, level_colours
from beyond_blur.rendering.strips import Strips
from beyond_blur.rendering.style import PAGE


def restored_octaves(sets: Sequence[Strips]) -> Figure:
    """Energy in octaves of wave numbers over the reverse steps, and how much is the sample's own.

    Parameters
    ----------
    sets : sequence of Strips
        Only the samples on their way back are looked at.
    """
    across = min(len(sets), MOST_ACROSS)
    down = -(-len(sets) // across)
    figure = Figure(figsize=(PAGE * max(across, 2) / MOST_ACROSS, 3.3 * down + 0.4))
    grid = figure.subplots(2 * down, across, sharex=True, sharey="row", squeeze=False)
    found = [restored(one.backward) for one in sets]
    energies, shares = energy_limits(found), share_limits(found)
    for i, (one, measured) in enumerate(zip(sets, found, strict=True)):
        row, column = 2 * (i // across), i % across
        above, below = grid[row, column], grid[row + 1, column]
        done = 1 - one.levels / max(one.levels[-1], 1)
        draw_octaves(above, done, measured.energy, measured)
        draw_octaves(below, done, measured.share, measured)
        above.set(title=one.label, ylim=energies)
        use_plain_log_scale(above)
        below.set(xlabel="share of the way back", ylim=shares, xlim=(-0.03, 1.03))
        below.tick_params(labelbottom=True)
        if column == 0:
            above.set_ylabel("energy / the sample's")
            below.set_ylabel("sample in the state")
    for axes in [axes for axes in grid.flat if not axes.lines]:
        axes.set_axis_off()
    put_legend_below(figure, grid[0, 0].get_legend_handles_labels()[0], columns=8)
    figure.legends[0].set_title("wave numbers, half waves per side", FontProperties(size=7))
    return figure


def draw_octaves(axes: Axes, done: np.ndarray, values: np.ndarray, measured: Restored) -> None:
    """A line for every octave, coarse ones dark; a guide at 1, the sample's own value."""
    colours = level_colours(len(measured.octaves))
    axes.axhline(1, color=REAL, linewidth=0.8, zorder=1)
    for (first, last), line, colour in zip(measured.octaves, values.T, colours, strict=True):
        text = f"{first}" if first == last else f"{first}–{last}"
        axes.plot(done, line, color=colour, marker=".", label=text)


def energy_limits(found: Sequence[Restored]) -> tuple[float, float]:
    """From below the least to above the largest energy above 0, of all processes."""
    values = np.concatenate([one.energy.ravel() for one in found])
    values = values[np.isfinite(values) & (values > 0)]
    return float(values.min(initial=1)) / 2, float(values.max(initial=1)) * 2


def share_limits(found: Sequence[Restored]) -> tuple[float, float]:
    """Around every share of all processes, from 0 to 1 at least."""
    values = np.concatenate([one.share.ravel() for one in found])
    values = values[np.isfinite(values)]
    return float(values.min(initial=0)) - 0.1, float(values.max(initial=1)) + 0.1
