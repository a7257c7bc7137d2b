"""Grids of images."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from beyond_blur.data.mosaic import mosaic
from beyond_blur.rendering.style import PAGE

PANELS_ACROSS = 5
"""Grids beside each other, at most."""

LARGEST = 0.45
"""Inches of an image's width at most: a few are not blown up to fill their place."""

NARROWEST = 1.35
"""Inches of a grid: its title is as wide."""

TITLE = 0.24
"""Inches above a grid."""


def white_mosaic(images: np.ndarray, columns: int, gap: int = 1) -> np.ndarray:
    """Images (n, c, h, w), cut to [0, 1], in rows with white gaps: float32 (H, W, 3)."""
    canvas = mosaic(np.clip(images, 0, 1).astype(np.float32), columns, gap, blank=1.0)
    return np.broadcast_to(canvas, (*canvas.shape[:2], 3))


def show_mosaic(axes: Axes, images: np.ndarray, columns: int, title: str) -> None:
    """A mosaic without axes, every pixel a square."""
    axes.imshow(white_mosaic(images, columns), vmin=0, vmax=1)
    axes.set_title(title)
    axes.set_axis_off()


def sample_grids(panels: Sequence[tuple[str, np.ndarray]], side: int = 8) -> Figure:
    """Grids of images beside each other: real ones, and the samples of every process.

    Parameters
    ----------
    panels : sequence of (label, float array of shape (n, c, h, w) in [0, 1])
    side : int
        Images in a row, and rows, at most; of fewer images the grid is about square.
    """
    most = max(len(images) for _, images in panels)
    columns = min(side, math.ceil(math.sqrt(most)))
    rows = min(side, -(-most // columns))
    down = -(-len(panels) // PANELS_ACROSS)
    across = -(-len(panels) // down)
    width = min(PAGE / across, max(columns * LARGEST, NARROWEST))
    h, w = panels[0][1].shape[-2:]
    height = min(width / columns, LARGEST) * rows * h / w
    figure = Figure(figsize=(width * across, (height + TITLE) * down))
    grid = figure.subplots(down, across, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for axes, (label, images) in zip(grid.flat, panels, strict=False):
        show_mosaic(axes, images[: columns * rows], columns, label)
        axes.set_anchor("N")
    return figure
