"""The paper's teaser: processes side by side, with surface plots."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from mpl_toolkits.mplot3d import Axes3D

from beyond_blur.rendering.image_grids import LARGEST, white_mosaic
from beyond_blur.rendering.looks import LEVEL_MAP
from beyond_blur.rendering.strips import Strips
from beyond_blur.rendering.style import PAGE

SURFACE_POINTS = 40
"""Grid points per side of a surface plot; more are not to be seen at its size."""

MOST_COLUMNS = 15
"""Levels beside each other, of all processes together."""

FEWEST = 3
"""Levels of a process at least, where it has them."""

LEFT, BETWEEN = 0.24, 0.12
"""Inches left of the first process, for the names of the rows, and between processes."""

HEAD, SURFACE, LINE = 0.18, 0.62, 0.13
"""Inches of the names of processes, of surfaces in widths of a picture, and of a line of levels."""


def teaser(processes: Sequence[Strips]) -> Figure:
    """Forward and reverse strips of processes side by side, the forward states as surfaces above.

    The first image and the first sample are shown; a surface is of their mean over channels, for it
    has one height. Each column is one level, clean at the left; the reverse strip is read from
    right to left.

    Parameters
    ----------
    processes : sequence of Strips
    """
    most = max(MOST_COLUMNS // len(processes), FEWEST)
    chosen = [spread_out(len(strips.levels), most) for strips in processes]
    columns = max(map(len, chosen))
    gaps = LEFT + BETWEEN * (len(processes) - 1)
    side = min((PAGE - gaps) / (columns * len(processes)), LARGEST)
    width, height = columns * len(processes) * side + gaps, HEAD + side * (2 + SURFACE) + 2 * LINE
    figure = Figure(figsize=(width, height))
    figure.set_layout_engine("none")  # every axes has its own place
    for i, (strips, levels) in enumerate(zip(processes, chosen, strict=True)):
        left = LEFT + i * (columns * side + BETWEEN)
        for column, j in enumerate(levels):
            draw_level(figure, strips, j, left + column * side, side)
        middle = left + len(levels) * side / 2
        write(figure, middle, height - HEAD / 2, strips.label, 8)
    for y, words in ((1.5 * side + 2 * LINE, "forward →"), (0.5 * side + LINE, "← reverse")):
        write(figure, LEFT / 2, y, words, 6, rotation=90)
    return figure


def spread_out(n: int, most: int) -> list[int]:
    """At most so many of n levels, the first and the last of them."""
    return sorted({round(j) for j in np.linspace(0, n - 1, min(n, most))})


def draw_level(figure: Figure, strips: Strips, j: int, x: float, side: float) -> None:
    """One column: the surface, and under the picture of each way its level; inches."""
    forward, backward = strips.forward[0, j], strips.backward[0, j]
    surface: Axes3D = figure.add_axes(
        place(figure, x, 2 * side + 2 * LINE, side, SURFACE * side), projection="3d"
    )
    draw_surface(surface, forward.mean(0))
    for y, state in ((side + 2 * LINE, forward), (LINE, backward)):
        tile = figure.add_axes(place(figure, x + 0.02 * side, y, 0.96 * side, 0.96 * side))
        tile.imshow(white_mosaic(state[None], 1))
        tile.set_axis_off()
        write(figure, x + side / 2, y - LINE / 2, f"{strips.levels[j]}", 6)


Place = tuple[float, float, float, float]
"""Left, bottom, width and height, as shares of a figure."""


def place(figure: Figure, x: float, y: float, width: float, height: float) -> Place:
    """Inches as shares of a figure."""
    across, down = figure.get_size_inches()
    return x / across, y / down, width / across, height / down


def write(figure: Figure, x: float, y: float, words: str, size: float, **more: Any) -> None:
    """Words around a point, in inches."""
    across, down = figure.get_size_inches()
    more = {"ha": "center", "va": "center", **more}
    figure.text(x / across, y / down, words, fontsize=size, **more)


def draw_surface(axes: Axes3D, state: np.ndarray) -> None:
    """One state as a surface over the image plane, cut to [-0.25, 1.25]."""
    step = max(1, -(-max(state.shape) // SURFACE_POINTS))
    heights = np.clip(state[::step, ::step], -0.25, 1.25)
    y, x = np.mgrid[: heights.shape[0], : heights.shape[1]]
    axes.plot_surface(
        x,
        -y,
        heights,
        cmap=LEVEL_MAP,
        vmin=0,
        vmax=1,
        linewidth=0,
        rcount=SURFACE_POINTS,
        ccount=SURFACE_POINTS,
        antialiased=False,
        rasterized=True,
    )
    axes.set_zlim(-0.25, 1.25)
    axes.set_box_aspect((1, 1, 0.6), zoom=1.75)
    axes.view_init(elev=38, azim=-62)
    axes.set_axis_off()
