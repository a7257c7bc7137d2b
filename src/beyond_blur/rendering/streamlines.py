"""A flow as streamlines over time, and the image that it carries: grey values as a dye."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from beyond_blur.analysis.carried_image import Carried
from beyond_blur.lbm.units import fourier_number
from beyond_blur.rendering.corruption_pictures import in_pixels, show_image
from beyond_blur.rendering.looks import LEVEL_MAP
from beyond_blur.rendering.style import PAGE

BAR = 0.55
"""Inches of the bar of speeds with its label."""


def streamlines(found: Carried) -> Figure:
    """The dye above, the flow that carries it below, a column for each level.

    Parameters
    ----------
    found : Carried
    """
    n, (h, w) = len(found.sigma), found.states.shape[-2:]
    side = (PAGE - BAR) / n
    figure = Figure(figsize=(PAGE, 2 * side * h / w + 0.65))
    grid = figure.subplots(2, n + 1, squeeze=False, width_ratios=[side] * n + [0.08])
    speeds = Normalize(0, float(np.hypot(found.fields[:, 0], found.fields[:, 1]).max()))
    for (dye, flow), sigma, state, field in zip(
        grid[:, :n].T, found.sigma, found.states, found.fields, strict=True
    ):
        show_image(dye, state)
        dye.set_title(named(float(sigma), max(h, w)), fontsize=7)
        drawn = draw_streamlines(flow, field, speeds)
    grid[0, n].set_axis_off()
    figure.colorbar(drawn, cax=grid[1, n], label="speed / V")
    figure.suptitle(found.label, fontsize=8)
    return figure


def named(sigma: float, side: int) -> str:
    """A level by its blur width and its Fourier number."""
    if sigma == 0:
        return "clean image\nFo = 0"
    return f"$\\sigma_B$ = {in_pixels(sigma)}\nFo = {fourier_number(sigma, side):.2g}"


def draw_streamlines(axes: Axes, field: np.ndarray, speeds: Normalize) -> LineCollection:
    """Lines along a field (2, h, w), x to the right and y down, coloured by speed."""
    h, w = field.shape[1:]
    lines = axes.streamplot(
        np.arange(w),
        np.arange(h),
        field[0],
        field[1],
        color=np.hypot(*field),
        cmap=LEVEL_MAP,
        norm=speeds,
        density=0.7,
        linewidth=0.7,
        arrowsize=0.6,
    ).lines
    axes.spines[:].set_visible(True)
    axes.set(xlim=(-0.5, w - 0.5), ylim=(h - 0.5, -0.5), aspect="equal", xticks=(), yticks=())
    axes.grid(visible=False)
    return lines
