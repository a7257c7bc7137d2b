"""Figure 1 of the paper: what advection, blur and noise each do to a profile."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from beyond_blur.analysis.profiles import ProfileStates
from beyond_blur.rendering.looks import level_colours
from beyond_blur.rendering.style import PAGE


def profiles(panels: Sequence[ProfileStates]) -> Figure:
    """One-dimensional profiles before and after each process, with their sums.

    Parameters
    ----------
    panels : sequence of ProfileStates
    """
    figure = Figure(figsize=(PAGE, 2.2))
    grid = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    for axes, panel in zip(grid, panels, strict=True):
        initial, states = panel.initial, panel.states
        x = (np.arange(len(initial)) + 0.5) / len(initial)
        axes.fill_between(x, initial, color="0.85", linewidth=0, label="before")
        colours = level_colours(len(states))[::-1]
        for j, state in enumerate(states):
            last = j == len(states) - 1
            axes.plot(
                x,
                state,
                color=colours[j],
                linewidth=1.3 if last else 0.8,
                label="after" if last else None,
            )
        axes.set_title(f"{panel.label}: {verdict(initial, states)}")
        axes.set_xlabel("x / L")
        axes.set_xlim(0, 1)
    grid[0].set_ylabel("grey value")
    grid[0].legend(loc="lower right", ncols=2)
    return figure


def verdict(initial: np.ndarray, states: np.ndarray) -> str:
    """The sums before and after, as a line of text, and whether they are the same."""
    before, after = float(initial.sum()), float(states[-1].sum())
    drift = float(np.abs(states.sum(1) / before - 1).max())
    kept = "conserved" if drift < 1e-6 else f"changed by {100 * (after / before - 1):+.1f} %"
    return f"sum {kept}\n{before:.2f} → {after:.2f}"
