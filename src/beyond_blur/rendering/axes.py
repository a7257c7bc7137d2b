"""Axes that several figures share: a grid of them, logarithmic ones in plain numbers, legends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import Locator, LogLocator, MaxNLocator, NullLocator

from beyond_blur.rendering.style import COLUMN, PAGE

MOST_ACROSS = 4
"""Processes beside each other."""


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


def panels_of_processes(n: int) -> tuple[Figure, list[Axes]]:
    """Axes for n processes with one vertical axis: at most four in a row, none wider than a column.

    Parameters
    ----------
    n : int
    """
    down = -(-n // MOST_ACROSS)
    across = -(-n // down)
    width = min(PAGE, across * COLUMN)
    return grid_of_axes(n, across, width, height=min(width / across, 2.2) + 0.3, sharey=True)


def use_plain_log_scale(axes: Axes, of: Literal["x", "y"] = "y", most: int = 6) -> None:
    """A logarithmic axis with two ticks at least and about so many at most, in plain numbers.

    As its limits are when this is called.
    """
    axis = axes.yaxis if of == "y" else axes.xaxis
    axes.set(**{f"{of}scale": "log"})
    low, high = axes.get_ylim() if of == "y" else axes.get_xlim()
    steps = (1, 2, 5) if high / low < 10 ** (most / 3) else (1,)
    locator: Locator = LogLocator(subs=steps, numticks=most)
    if sum(low <= tick <= high for tick in locator.tick_values(low, high)) < 2:
        locator = MaxNLocator(most - 1)
    axis.set_major_locator(locator)
    axis.set_major_formatter("{x:g}")
    axis.set_minor_locator(NullLocator())


def put_legend_below(figure: Figure, handles: Sequence[Artist], columns: int = 4) -> None:
    """What marks and lines mean, under all axes, in rows of about as many."""
    rows = -(-len(handles) // columns)
    columns = -(-len(handles) // rows)
    figure.legend(handles=handles, loc="outside lower center", ncols=columns, columnspacing=1.2)
