"""The mean colour of every sample over that of the state it started from."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from beyond_blur.analysis.mean_colour import MeanColours, colour_rows
from beyond_blur.rendering.axes import panels_of_processes
from beyond_blur.rendering.data_set import COLOURS
from beyond_blur.rendering.looks import REAL

MOST_MARKS = 500
"""Samples of a process that are drawn, the first ones; the numbers are of all."""


def mean_colours(found: Sequence[MeanColours]) -> Figure:
    """A panel for each process, a mark for each sample and channel, and what they come to.

    Parameters
    ----------
    found : sequence of MeanColours
    """
    figure, grid = panels_of_processes(len(found))
    for axes, one in zip(grid, found, strict=True):
        draw_colours(axes, one)
        axes.set_xlabel("mean of the initial state")
        axes.set_ylabel("mean of the sample")
        axes.label_outer()
    return figure


def draw_colours(axes: Axes, found: MeanColours) -> None:
    """Marks of one process; on the grey line samples have the colour that they started from."""
    rows = colour_rows(found)
    colours = COLOURS.get(len(rows), tuple(f"C{i}" for i in range(len(rows))))
    axes.plot((0, 1), (0, 1), color=REAL, linewidth=0.8, zorder=1)
    for row, colour, before, after in zip(
        rows, colours, found.before.T, found.after.T, strict=True
    ):
        few = slice(MOST_MARKS)
        axes.plot(
            before[few],
            after[few],
            linestyle="none",
            marker=".",
            markersize=3,
            alpha=0.6,
            markeredgewidth=0,
            color=colour,
            label=row["channel"],
            rasterized=True,
        )
    axes.set_title(f"{found.label}\n{words(rows)}")
    axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), aspect="equal")
    axes.set_xticks((0, 0.5, 1), ("0", "0.5", "1"))
    axes.set_yticks((0, 0.5, 1), ("0", "0.5", "1"))


def words(rows: Sequence[dict[str, float | None]]) -> str:
    """Shift and correlation of every channel, in the order of the channels."""
    shifts = " ".join(f"{row['rms_shift']:.3f}" for row in rows)
    known = (row["correlation"] for row in rows)
    kept = " ".join("–" if r is None else f"{r:.2f}" for r in known)
    return f"shift {shifts}\nr = {kept}"
