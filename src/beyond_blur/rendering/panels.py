"""Samples of several networks side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from beyond_blur.rendering.image_grids import white_mosaic
from beyond_blur.rendering.style import PAGE

GAP = 1
"""Pixels of white between two images."""


LARGEST = 1.1
"""Inches of an image's width at most: a few images are not blown up to fill their panel."""


@dataclass(frozen=True)
class Panel:
    """A labelled table of images.

    Attributes
    ----------
    images : float array, shape (rows, columns, c, h, w), in [0, 1]
    rows, columns : sequence of str
        Labels; may be empty.
    title : str
    """

    images: np.ndarray
    rows: Sequence[str]
    columns: Sequence[str]
    title: str


def draw_panels(shown: Sequence[Panel], across: int = 1, width: float = PAGE) -> Figure:
    """Tables of images below each other, or ``across`` beside each other.

    Parameters
    ----------
    shown : sequence of Panel
        Row by row.
    across : int
        Panels in a row.
    width : float
        Width of the figure in inches.
    """
    width /= across
    down = -(-len(shown) // across)
    tall = [height_of(panel, width) for panel in shown]
    heights = [max(tall[i * across : (i + 1) * across]) for i in range(down)]
    figure = Figure(figsize=(across * width, sum(heights)))
    grid = figure.subplots(down, across, squeeze=False, height_ratios=heights)
    for axes in grid.flat:
        axes.set_axis_off()
    for axes, panel in zip(grid.flat, shown, strict=False):
        show_panel(axes, panel)
    return figure


def height_of(panel: Panel, width: float) -> float:
    """Inches that a panel of a width needs, with its title and labels."""
    n_rows, n_columns, _, h, w = panel.images.shape
    return 0.45 + n_rows * min(width / n_columns, LARGEST) * h / w


def show_panel(axes: Axes, panel: Panel) -> None:
    """One table of images, its labels around it."""
    n_columns, _, h, w = panel.images.shape[1:]
    flat = panel.images.reshape(-1, *panel.images.shape[2:])
    axes.imshow(white_mosaic(flat, n_columns, GAP), vmin=0, vmax=1)
    axes.set_anchor("NW")
    axes.set_title(panel.title, loc="left", pad=14 if any(panel.columns) else 4)
    # Labels stand off by points: by pixels they would reach the title where images are large.
    beside: dict[str, Any] = {"textcoords": "offset points", "fontsize": 7}
    for j, label in enumerate(panel.columns):
        axes.annotate(
            label, (j * (w + GAP) + w / 2 - 0.5, -0.5), (0, 2), ha="center", va="bottom", **beside
        )
    for i, label in enumerate(panel.rows):
        axes.annotate(
            label,
            (-0.5, i * (h + GAP) + h / 2 - 0.5),
            (-3, 0),
            ha="right",
            va="center",
            rotation=90,
            **beside,
        )
