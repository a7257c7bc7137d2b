"""Forward and reverse strips: images on their way out, and samples on their way back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from beyond_blur.rendering.image_grids import show_mosaic


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

    Parameters
    ----------
    sets : sequence of Strips
    n_images : int
        Rows of each strip.
    """
    n_levels = len(sets[0].levels)
    side = 6.2 / n_levels  # inches of one image
    figure = Figure(figsize=(13, (n_images * side + 0.42) * len(sets)))
    grid = figure.subplots(len(sets), 2, squeeze=False)
    for (left, right), one in zip(grid, sets, strict=True):
        show_strip(left, one.forward[:n_images], one.levels, f"{one.label}: forward")
        backward = one.backward[:n_images, ::-1]
        show_strip(right, backward, one.levels[::-1], f"{one.label}: reverse, to a sample")
    return figure


def show_strip(axes: Axes, states: np.ndarray, levels: np.ndarray, title: str) -> None:
    """Rows of images over levels, each column marked with its level."""
    n_levels, width = len(levels), states.shape[-1] + 1
    show_mosaic(axes, states.reshape(-1, *states.shape[2:]), n_levels, title)
    axes.set_title("")
    axes.set_title(title, loc="left", pad=15)
    for j, level in enumerate(levels):
        axes.text((j + 0.5) * width - 1, -1, f"k = {level}", fontsize=7, ha="center", va="bottom")
