"""The paper's teaser: processes side by side, with surface plots."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from mpl_toolkits.mplot3d import Axes3D

from beyond_blur.rendering.strips import Strips

SURFACE_POINTS = 40
"""Grid points per side of a surface plot; more are not to be seen at its size."""


def teaser(processes: Sequence[Strips]) -> Figure:
    """Forward and reverse strips of processes side by side, the forward states as surfaces above.

    The first image and the first sample are shown, grey: a surface has one height. Each column is
    one level, clean at the left; the reverse strip is read from right to left.

    Parameters
    ----------
    processes : sequence of Strips
    """
    m = max(len(strips.levels) for strips in processes)
    figure = Figure(figsize=(0.86 * m * len(processes) + 0.5, 3.1))
    figure.set_layout_engine("none")  # every axes has its own place
    block = 0.96 / len(processes)
    for i, strips in enumerate(processes):
        left, width = 0.035 + i * block, block * 0.95 / m
        forward, backward = strips.forward[0].mean(1), strips.backward[0].mean(1)
        for j in range(len(strips.levels)):
            x = left + j * width
            surface: Axes3D = figure.add_axes((x, 0.6, width, 0.3), projection="3d")
            draw_surface(surface, forward[j])
            for y, state in ((0.3, forward[j]), (0.02, backward[j])):
                draw_tile(figure.add_axes((x + 0.03 * width, y, 0.94 * width, 0.265)), state)
            figure.text(x + width / 2, 0.585, f"k = {strips.levels[j]}", ha="center", fontsize=7)
        figure.text(left + block * 0.475, 0.93, strips.label, ha="center", fontsize=10)
    for y, words in ((0.43, "forward →"), (0.15, "← reverse")):
        figure.text(0.018, y, words, rotation=90, ha="center", va="center", fontsize=8)
    return figure


def draw_tile(axes: Axes, state: np.ndarray) -> None:
    """One state as a grey picture, cut to [0, 1]."""
    axes.imshow(np.clip(state, 0, 1), cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    axes.set_axis_off()


def draw_surface(axes: Axes3D, state: np.ndarray) -> None:
    """One state as a surface over the image plane, cut to [-0.25, 1.25]."""
    step = max(1, -(-max(state.shape) // SURFACE_POINTS))
    heights = np.clip(state[::step, ::step], -0.25, 1.25)
    y, x = np.mgrid[: heights.shape[0], : heights.shape[1]]
    axes.plot_surface(
        x,
        -y,
        heights,
        cmap="viridis",
        vmin=0,
        vmax=1,
        linewidth=0,
        rcount=SURFACE_POINTS,
        ccount=SURFACE_POINTS,
        antialiased=False,
        rasterized=True,
    )
    axes.set_zlim(-0.25, 1.25)
    axes.set_box_aspect((1, 1, 0.6), zoom=1.5)
    axes.view_init(elev=38, azim=-62)
    axes.set_axis_off()
