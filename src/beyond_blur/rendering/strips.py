"""Forward and reverse strips: images on their way out, and samples on their way back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from beyond_blur.rendering.image_grids import LARGEST, show_mosaic
from beyond_blur.rendering.style import COLUMN, PAGE


@dataclass(frozen=True)
class Strips:
    """One process on its way out and back.

    Attributes
    ----------
    label : str
    forward, backward : float arrays, shape (n, m, c, h, w)
        Images at m levels, level 0 first, and samples at the same levels, in the range of images.
    levels : int array, shape (m,)
        Increasing.
    """

    label: str
    forward: np.ndarray
    backward: np.ndarray
    levels: np.ndarray


def strips(sets: Sequence[Strips], n_images: int = 2) -> Figure:
    """Forward and reverse strip of every process: image to noise, and back to a sample.

    All images are equally large; a process of fewer levels has a shorter strip.

    Parameters
    ----------
    sets : sequence of Strips
    n_images : int
        Rows of each strip.
    """
    most = max(len(one.levels) for one in sets)
    n_images = min(n_images, max(len(one.forward) for one in sets))
    h, w = sets[0].forward.shape[-2:]
    side = min((PAGE / 2 - 0.1) / most, LARGEST)  # inches of one image's width
    width = max(2 * (most * side + 0.1), COLUMN)
    figure = Figure(figsize=(width, (n_images * side * h / w + 0.36) * len(sets)))
    grid = figure.subplots(len(sets), 2, squeeze=False)
    for (left, right), one in zip(grid, sets, strict=True):
        show_strip(left, one.forward[:n_images], one.levels, f"{one.label}: forward", most)
        backward = one.backward[:n_images, ::-1]
        show_strip(right, backward, one.levels[::-1], "reverse, to a sample", most)
    return figure


def show_strip(axes: Axes, states: np.ndarray, levels: np.ndarray, title: str, most: int) -> None:
    """Rows of images over levels, each column under its level; room for the most levels."""
    width = states.shape[-1] + 1
    show_mosaic(axes, states.reshape(-1, *states.shape[2:]), len(levels), "")
    axes.set_xlim(-0.5, most * width - 1.5)
    axes.set_title(title, loc="left", pad=10)
    for j, level in enumerate(levels):
        axes.annotate(
            f"level {level}" if j == 0 else f"{level}",
            ((j + 0.5) * width - 1, -0.5),
            xytext=(0, 1.5),
            textcoords="offset points",
            fontsize=6,
            ha="center",
            va="bottom",
        )
