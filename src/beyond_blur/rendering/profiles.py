"""Figure 1 of the paper: what advection, blur and noise each do, to a profile and to a picture."""

from __future__ import annotations

import string
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from beyond_blur.analysis.profiles import ProfileStates
from beyond_blur.rendering.corruption_pictures import show_image
from beyond_blur.rendering.looks import level_colours
from beyond_blur.rendering.style import PAGE

KEPT = 1e-6
"""Of a sum: less is rounding."""


def profiles(panels: Sequence[ProfileStates]) -> Figure:
    """A column for each operation: the profile and the picture after it, with their sums.

    Parameters
    ----------
    panels : sequence of ProfileStates
    """
    figure = Figure(figsize=(PAGE, 3.5))
    grid = figure.subplots(2, len(panels), sharey="row", squeeze=False, height_ratios=(1, 1.05))
    for letter, (above, below), panel in zip(string.ascii_lowercase, grid.T, panels, strict=False):
        draw_profile(above, panel)
        above.set_title(f"{letter}  {panel.label}\n{verdict(panel.initial, panel.states[-1])}")
        show_image(below, panel.picture[None])
        below.set_title(verdict(panel.scene, panel.picture))
    grid[0, 0].set_ylabel("grey value")
    return figure


def draw_profile(axes: Axes, panel: ProfileStates) -> None:
    """The profile before as an area, and after more and more of the operation as lines."""
    x = (np.arange(len(panel.initial)) + 0.5) / len(panel.initial)
    axes.fill_between(x, panel.initial, color="0.85", linewidth=0)
    for j, colour in enumerate(level_colours(len(panel.states))[::-1]):
        last = j == len(panel.states) - 1
        axes.plot(x, panel.states[j], color=colour, linewidth=1.3 if last else 0.8)
    axes.set(xlabel="x / L", xlim=(0, 1), xticks=(0, 0.5, 1), xticklabels=("0", "0.5", "1"))


def verdict(before: np.ndarray, after: np.ndarray) -> str:
    """The sums before and after as two lines of text, and whether they are the same."""
    sums = float(before.sum()), float(after.sum())
    change = sums[1] / sums[0] - 1
    if np.array_equal(before, after):
        return f"sum {sums[0]:.2f}\n"
    kept = "conserved" if abs(change) < KEPT else f"changed by {100 * change:+.1f} %"
    return f"{sums[0]:.2f} → {sums[1]:.2f}\n{kept}"
