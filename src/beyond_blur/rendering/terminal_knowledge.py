"""What terminal states still know of their images: correlation and energy over wave number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

from beyond_blur.analysis.terminal_knowledge import Known
from beyond_blur.rendering.axes import put_legend_below, use_plain_log_scale
from beyond_blur.rendering.looks import REAL, looks
from beyond_blur.rendering.style import PAGE


def terminal_knowledge(found: Sequence[Known]) -> Figure:
    """Correlation of terminal states with their images, and energy beside theirs, ring by ring.

    Parameters
    ----------
    found : sequence of Known
        Of the same images.
    """
    figure = Figure(figsize=(PAGE, 2.9))
    left, right = figure.subplots(1, 2)
    look_of = looks(one.label for one in found)
    for one in found:
        look: dict[str, Any] = {
            "color": look_of[one.label].colour,
            "marker": look_of[one.label].marker,
            "markersize": 2.5,
            "linewidth": 0.9,
        }
        left.plot(one.wavenumber, one.correlation, **look, label=one.label)
        right.plot(one.wavenumber, one.energy, **look)
    chance = 2 / np.sqrt(found[0].n_values)
    waves = found[0].wavenumber
    left.fill_between(waves, -chance, chance, color=REAL, alpha=0.15, linewidth=0,
                      label="by chance (95 %)")  # fmt: skip
    left.axhline(0, color=REAL, linewidth=0.6)
    right.axhline(1, color=REAL, linewidth=0.6)
    left.set(ylabel="correlation with the image", ylim=limits(found, chance))
    right.set_ylabel("energy / the image's")
    use_plain_log_scale(right)
    for axes in (left, right):
        use_octaves(axes)
    put_legend_below(figure, left.get_legend_handles_labels()[0])
    return figure


def use_octaves(axes: Axes) -> None:
    """Wave numbers from 1 up on a logarithmic axis with ticks at 1, 2, 4, ...."""
    axes.set(xscale="log", xlabel="wave number, half waves per image")
    axes.xaxis.set_major_locator(LogLocator(base=2))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_locator(NullLocator())


def limits(found: Sequence[Known], chance: np.ndarray) -> tuple[float, float]:
    """From below all correlations, and what chance gives at most, to above 1."""
    least = min(float(np.nanmin(one.correlation, initial=0)) for one in found)
    return min(least, -float(chance.max())) - 0.04, 1.05
