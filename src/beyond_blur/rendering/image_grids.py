"""Grids and strips of images."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle


def mosaic(images: np.ndarray, columns: int, gap: int = 1, blank: float = 1.0) -> np.ndarray:
    """Images (n, c, h, w) in [0, 1] in rows of ``columns`` with white gaps: (H, W, 3)."""
    n, _, h, w = images.shape
    rows = -(-n // columns)
    canvas = np.full((rows * (h + gap) - gap, columns * (w + gap) - gap, 3), blank, np.float32)
    for i, image in enumerate(np.clip(images, 0, 1)):
        y, x = (i // columns) * (h + gap), (i % columns) * (w + gap)
        canvas[y : y + h, x : x + w] = image.transpose(1, 2, 0)
    return canvas


def show_mosaic(axes: Axes, images: np.ndarray, columns: int, title: str) -> None:
    """A mosaic without axes, every pixel a square."""
    axes.imshow(mosaic(images, columns), interpolation="nearest", vmin=0, vmax=1)
    axes.set_title(title)
    axes.set_axis_off()


def sample_grids(
    real: np.ndarray, sets: Sequence[tuple[str, np.ndarray]], columns: int = 8, rows: int = 8
) -> Figure:
    """Real images beside the samples of every process.

    Parameters
    ----------
    real : float array, shape (n, c, h, w), in [0, 1]
    sets : sequence of (label, float array of shape (n, c, h, w))
    columns, rows : int
        Size of each grid.
    """
    panels = [("real, held out", real), *sets]
    down = -(-len(panels) // 4)
    across = -(-len(panels) // down)
    figure = Figure(figsize=(2.6 * across, 2.8 * down * rows / columns))
    grid = figure.subplots(down, across, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for axes, (label, images) in zip(grid.flat, panels, strict=False):
        show_mosaic(axes, images[: columns * rows], columns, label)
    return figure


def strips(
    sets: Sequence[tuple[str, np.ndarray, np.ndarray, np.ndarray]], n_images: int = 2
) -> Figure:
    """Forward and reverse strip of every process: image to noise, and back to a sample.

    Parameters
    ----------
    sets : sequence of (label, forward, backward, levels)
        States of shape (n, m, c, h, w) at the m shown levels, level 0 first.
    n_images : int
        Rows of each strip.
    """
    n_levels = len(sets[0][3])
    side = 6.2 / n_levels  # inches of one image
    figure = Figure(figsize=(13, (n_images * side + 0.42) * len(sets)))
    grid = figure.subplots(len(sets), 2, squeeze=False)
    for row, (label, forward, backward, levels) in zip(grid, sets, strict=True):
        show_strip(row[0], forward[:n_images], levels, f"{label}: forward")
        show_strip(
            row[1], backward[:n_images, ::-1], levels[::-1], f"{label}: reverse, to a sample"
        )
    return figure


def show_strip(axes: Axes, states: np.ndarray, levels: np.ndarray, title: str) -> None:
    """Rows of images over levels, each column marked with its level."""
    n_levels, width = len(levels), states.shape[-1] + 1
    show_mosaic(axes, states.reshape(-1, *states.shape[2:]), n_levels, title)
    axes.set_title("")
    axes.set_title(title, loc="left", pad=15)
    for j, level in enumerate(levels):
        axes.text((j + 0.5) * width - 1, -1, f"k = {level}", fontsize=7, ha="center", va="bottom")


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
