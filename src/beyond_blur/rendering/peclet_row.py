"""One image at one Fourier number, for a row of Peclet numbers, and what the flow changes."""

from __future__ import annotations

from matplotlib.figure import Figure

from beyond_blur.analysis.carried_image import PecletRow
from beyond_blur.config.labels import peclet_label
from beyond_blur.rendering.corruption_pictures import change_colours, in_pixels, show_image
from beyond_blur.rendering.style import PAGE

LARGEST = 1.3
"""Inches of an image's width at most."""


def peclet_pictures(found: PecletRow) -> Figure:
    """The states above, and below what each flow has changed, in colours of their own scale.

    Parameters
    ----------
    found : PecletRow
    """
    n, (h, w) = len(found.peclets), found.states.shape[-2:]
    side = min(PAGE / n, LARGEST)
    figure = Figure(figsize=(side * n, 2 * side * h / w + 0.7))
    grid = figure.subplots(2, n, squeeze=False)
    for j, (peclet, state) in enumerate(zip(found.peclets, found.states, strict=True)):
        show_image(grid[0, j], state)
        grid[0, j].set_title(peclet_label(peclet))
        grid[1, j].set_axis_off()
        if j:
            change = state - found.states[0]
            full = float(abs(change.mean(0)).max())
            show_image(grid[1, j], change_colours(change, full or 1.0))
            grid[1, j].set_title(f"change, full $\\pm${full:.2g}", fontsize=7)
    named = f"$\\sigma_B$ = {in_pixels(found.sigma)}, Fo = {found.fourier:.2g}"
    figure.suptitle(f"one image at {named}", fontsize=8)
    return figure
