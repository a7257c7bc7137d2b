"""Pictures of one corrupted image: strips, frames, grids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from beyond_blur.data.pixels import to_uint8
from beyond_blur.rendering.films import enlarged
from beyond_blur.rendering.image_grids import white_mosaic

COLUMNS = 8
"""Images in one row of a strip."""


SMALLEST_FRAME = 128
"""Frames of a film with a shorter long side are enlarged, every pixel to a square."""


def share_outside(states: np.ndarray) -> np.ndarray:
    """Share of each state's values outside [0, 1], by more than half a grey level of 255.

    Parameters
    ----------
    states : float array, shape (..., c, h, w)

    Returns
    -------
    float64 array, shape (...)
    """
    return (np.abs(states - 0.5) > 0.5 + 0.5 / 255).mean(axis=(-3, -2, -1))


def strip(states: np.ndarray, levels: np.ndarray, sigma: np.ndarray, title: str) -> Figure:
    """An image at several levels, in rows of at most `COLUMNS`.

    Parameters
    ----------
    states : float array, shape (m, c, h, w)
        Grey values; what lies outside [0, 1] is cut.
    levels : int array, shape (m,)
    sigma : float array, shape (m,)
        Blur width of each level in pixels.
    title : str
    """
    m, _, h, w = states.shape
    columns = min(m, COLUMNS)
    rows = -(-m // columns)
    side = 1.35  # inches of one image's width
    figure = Figure(figsize=(side * columns, (side * h / w + 0.42) * rows + 0.25))
    figure.set_layout_engine("constrained", w_pad=0.02, h_pad=0.04, wspace=0, hspace=0)
    grid = figure.subplots(rows, columns, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for axes, state, level, width in zip(grid.flat, states, levels, sigma, strict=False):
        show_image(axes, state)
        blur = f"$\\sigma_B$ = {in_pixels(width)}" if level else "clean"
        axes.set_title(f"k = {level}\n{blur}", fontsize=8)
    figure.suptitle(title, fontsize=9)
    return figure


def in_pixels(width: float) -> str:
    """A width as a reader writes it: two digits, and all those of whole pixels."""
    return f"{width:.0f} px" if width >= 10 else f"{width:.2g} px"


def show_image(axes: Axes, state: np.ndarray) -> None:
    """One state (c, h, w), cut to [0, 1], without axes; pixels are squares where they are large."""
    axes.imshow(white_mosaic(state[None], 1), interpolation="auto", vmin=0, vmax=1)
    axes.set_axis_off()


def frames(states: np.ndarray) -> np.ndarray:
    """Frames of a film from states (m, c, h, w): uint8 (m, H, W, 3)."""
    _, c, h, w = states.shape
    pixels = to_uint8(states).transpose(0, 2, 3, 1)
    large = enlarged(pixels, max(1, SMALLEST_FRAME // max(h, w)))
    return np.broadcast_to(large, (*large.shape[:3], 3)) if c == 1 else large


@dataclass(frozen=True)
class Block:
    """One block of a grid of pictures.

    Attributes
    ----------
    title : str
    columns : sequence of str
        Labels of the columns.
    pictures : nested sequence of float arrays (c, h, w), indexed [row][column]
        In [0, 1]. Sizes may differ; all are drawn equally large.
    """

    title: str
    columns: Sequence[str]
    pictures: Sequence[Sequence[np.ndarray]]


def picture_grid(blocks: Sequence[Block], rows: Sequence[str]) -> Figure:
    """Blocks of pictures side by side, with the same rows."""
    side, gap, left, top = 0.57, 0.1, 0.9, 0.42  # inches
    ratios = [x for block in blocks for x in (gap, *[side] * len(block.columns))][1:]
    width, height = left + 1.05 * sum(ratios), top + 1.05 * side * len(rows)
    figure = Figure(figsize=(width, height))
    figure.set_layout_engine("none")  # labels are not to push the pictures apart
    place = {"left": left / width, "right": 0.995, "bottom": 0.01, "top": 1 - top / height}
    grid = figure.subplots(
        len(rows),
        len(ratios),
        squeeze=False,
        width_ratios=ratios,
        gridspec_kw={**place, "wspace": 0.05, "hspace": 0.05},
    )
    for axes in grid.flat:
        axes.set_axis_off()
    first = 0
    for block in blocks:
        draw_block(grid[:, first : first + len(block.columns)], block)
        first += len(block.columns) + 1
    for axes, label in zip(grid[:, 0], rows, strict=True):
        axes.text(-0.1, 0.5, label, transform=axes.transAxes, fontsize=7, ha="right", va="center")
    return figure


def draw_block(grid: np.ndarray, block: Block) -> None:
    """One block into its axes (rows, columns)."""
    for axes, picture in zip(grid.flat, chain.from_iterable(block.pictures), strict=True):
        show_image(axes, picture)
    for axes, label in zip(grid[0], block.columns, strict=True):
        axes.set_title(label, fontsize=7, pad=3)
    grid[0, 0].annotate(
        block.title,
        (0, 1),
        xycoords="axes fraction",
        fontsize=8,
        xytext=(0, 15),
        textcoords="offset points",
    )


def change_colours(change: np.ndarray, full: float) -> np.ndarray:
    """A change in grey values (c, h, w), mean over channels, as (3, h, w): blue down, red up.

    ``full`` is the change of full colour; more is the same colour.
    """
    share = 0.5 + 0.5 * np.clip(change.mean(0) / full, -1, 1)
    return matplotlib.colormaps["RdBu_r"](share)[..., :3].transpose(2, 0, 1)
