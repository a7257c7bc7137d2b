"""Axes that several figures share: a grid of them, and logarithmic ones in plain numbers."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

GREY = "0.35"
"""Of what belongs to no process."""


def grid_of_axes(
    n: int, across: int, width: float, height: float, sharey: bool = False
) -> tuple[Figure, list[Axes]]:
    """A figure with n axes in rows; places that are left over stay empty.

    Parameters
    ----------
    n : int
    across : int
        Axes in a row.
    width : float
        Of the figure, in inches.
    height : float
        Of a row, in inches.
    sharey : bool
        Whether all axes have the same vertical axis.
    """
    down = -(-n // across)
    figure = Figure(figsize=(width, height * down))
    grid = figure.subplots(down, across, sharey=sharey, squeeze=False)
    for axes in grid.flat[n:]:
        axes.set_axis_off()
    return figure, list(grid.flat[:n])


def use_plain_log_scale(axes: Axes) -> None:
    """A logarithmic axis whose ticks are plain numbers."""
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_locator(NullLocator())
