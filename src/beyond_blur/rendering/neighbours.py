"""Samples over the training images nearest to them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from beyond_blur.rendering.image_grids import LARGEST, TITLE, show_mosaic
from beyond_blur.rendering.style import PAGE

NEIGHBOUR_ROWS = (
    "sample",
    "its prior's image",
    "nearest, features",
    "2nd",
    "3rd",
    "nearest, pixels",
)
"""What the rows of `neighbours` hold, from the top."""

NAMES = 0.95
"""Inches of the names of the rows."""

FRAME = "#d62728"
"""Red, round a copy."""


def neighbours(sets: Sequence[tuple[str, np.ndarray, np.ndarray]], columns: int = 8) -> Figure:
    """Samples over the training images nearest to them and the image their prior was made of.

    A row in which a process has no image at all, the prior's image of one that starts from noise,
    is left out.

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
    columns = min(columns, max(images.shape[1] for _, images, _ in sets))
    h, w = sets[0][1].shape[-2:]
    side = min((PAGE / 2 - NAMES) / columns, LARGEST)
    heights = [
        TITLE + side * h / w * max(int(drawn_rows(images).sum()) for _, images, _ in row)
        for row in (sets[i : i + across] for i in range(0, len(sets), across))
    ]
    figure = Figure(figsize=((columns * side + NAMES) * across, sum(heights)))
    grid = figure.subplots(down, across, squeeze=False, height_ratios=heights)
    for axes in grid.flat:
        axes.set_axis_off()
    for axes, (label, images, copies) in zip(grid.flat, sets, strict=False):
        drawn = drawn_rows(images)
        shown = np.nan_to_num(images[drawn, :columns], nan=1.0)
        show_mosaic(axes, shown.reshape(-1, *shown.shape[2:]), shown.shape[1], label)
        axes.set_anchor("NW")  # centred, names reach as far out as it is moved to the right
        name_rows(axes, list(itertools.compress(NEIGHBOUR_ROWS, drawn)), h)
        mark_copies(axes, copies[drawn, :columns], images.shape[-2:])
    return figure


def drawn_rows(images: np.ndarray) -> np.ndarray:
    """Whether each row holds an image, bool (len(NEIGHBOUR_ROWS),)."""
    there: np.ndarray = ~np.isnan(images).all(axis=(1, 2, 3, 4))
    return there


def name_rows(axes: Axes, names: Sequence[str], height: int) -> None:
    """Names of the rows in the place of tick labels, for which the layout makes room."""
    axes.set_axis_on()
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    axes.set_xticks([])
    axes.set_yticks((np.arange(len(names)) + 0.5) * (height + 1) - 1, names)
    axes.tick_params(length=0)


def mark_copies(axes: Axes, copies: np.ndarray, size: tuple[int, ...]) -> None:
    """Frame what is the prior's own image."""
    h, w = size
    for row, column in np.argwhere(copies):
        corner = (column * (w + 1) - 0.5, row * (h + 1) - 0.5)
        axes.add_patch(Rectangle(corner, w, h, fill=False, edgecolor=FRAME, linewidth=1.5))
