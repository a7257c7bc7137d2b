"""Samples over the training images nearest to them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from beyond_blur.rendering.image_grids import show_mosaic

NEIGHBOUR_ROWS = (
    "sample",
    "its prior's image",
    "nearest, features",
    "2nd",
    "3rd",
    "nearest, pixels",
)
"""What the rows of `neighbours` hold, from the top."""


def neighbours(sets: Sequence[tuple[str, np.ndarray, np.ndarray]], columns: int = 8) -> Figure:
    """Samples over the training images nearest to them and the image their prior was made of.

    Parameters
    ----------
    sets : sequence of (label, images, copies)
        Images of shape (len(NEIGHBOUR_ROWS), n, c, h, w) in [0, 1], NaN where there is none;
        copies of shape (len(NEIGHBOUR_ROWS), n): whether an image is the prior's own.
    columns : int
        Samples shown of each set.
    """
    across = min(len(sets), 2)
    down = -(-len(sets) // across)
    side = 0.48  # inches of one image
    rows = len(NEIGHBOUR_ROWS)
    figure = Figure(figsize=((columns * side + 1.4) * across, (rows * side + 0.4) * down))
    grid = figure.subplots(down, across, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for axes, (label, images, copies) in zip(grid.flat, sets, strict=False):
        shown = np.nan_to_num(images[:, :columns], nan=1.0)
        show_mosaic(axes, shown.reshape(-1, *shown.shape[2:]), shown.shape[1], label)
        name_rows(axes, images.shape[-2])
        mark_copies(axes, copies[:, :columns], images.shape[-2:])
    return figure


def name_rows(axes: Axes, height: int) -> None:
    """Names of the rows in the place of tick labels, for which the layout makes room."""
    axes.set_axis_on()
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    axes.set_xticks([])
    places = (np.arange(len(NEIGHBOUR_ROWS)) + 0.5) * (height + 1) - 1
    axes.set_yticks(places, NEIGHBOUR_ROWS, fontsize=7)
    axes.tick_params(length=0)


def mark_copies(axes: Axes, copies: np.ndarray, size: tuple[int, ...]) -> None:
    """Frame what is the prior's own image."""
    h, w = size
    for row, column in np.argwhere(copies):
        corner = (column * (w + 1) - 0.5, row * (h + 1) - 0.5)
        axes.add_patch(Rectangle(corner, w, h, fill=False, edgecolor="C3", linewidth=2))
