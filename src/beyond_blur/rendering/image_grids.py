"""Grids of images."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from beyond_blur.data.mosaic import mosaic


def white_mosaic(images: np.ndarray, columns: int, gap: int = 1) -> np.ndarray:
    """Images (n, c, h, w), cut to [0, 1], in rows with white gaps: float32 (H, W, 3)."""
    canvas = mosaic(np.clip(images, 0, 1).astype(np.float32), columns, gap, blank=1.0)
    return np.broadcast_to(canvas, (*canvas.shape[:2], 3))


def show_mosaic(axes: Axes, images: np.ndarray, columns: int, title: str) -> None:
    """A mosaic without axes, every pixel a square."""
    axes.imshow(white_mosaic(images, columns), interpolation="nearest", vmin=0, vmax=1)
    axes.set_title(title)
    axes.set_axis_off()


def sample_grids(
    panels: Sequence[tuple[str, np.ndarray]], columns: int = 8, rows: int = 8
) -> Figure:
    """Grids of images beside each other: real ones, and the samples of every process.

    Parameters
    ----------
    panels : sequence of (label, float array of shape (n, c, h, w) in [0, 1])
    columns, rows : int
        Size of each grid.
    """
    down = -(-len(panels) // 4)
    across = -(-len(panels) // down)
    figure = Figure(figsize=(2.6 * across, 2.8 * down * rows / columns))
    grid = figure.subplots(down, across, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for axes, (label, images) in zip(grid.flat, panels, strict=False):
        show_mosaic(axes, images[: columns * rows], columns, label)
    return figure
