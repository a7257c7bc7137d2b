"""Figure 3 of the paper: the pipeline, of one process's own files, from an image to the table."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from beyond_blur.rendering.corruption_pictures import change_colours
from beyond_blur.rendering.image_grids import white_mosaic
from beyond_blur.rendering.looks import LEVEL_MAP
from beyond_blur.rendering.pipeline_loading import Stages
from beyond_blur.rendering.style import PAGE
from beyond_blur.rendering.teaser import place, spread_out, write

SIDE = 0.72
"""Inches of an image, and of half a grid of samples."""

ARROW = 0.36
"""Inches between two stages."""

N_STATES = 3
"""Corrupted states beside each other."""

TRAINING, SAMPLING = 1.29, 0.22
"""Inches from the lower edge of the figure to the images of both rows."""

HEIGHT = 2.36

LEFT = 0.12

NAME = 2.5
"""Points between a stage and its name above it."""


def pipeline(found: Stages) -> Figure:
    """The way to a training pair above, sampling and measuring below, from left to right.

    Parameters
    ----------
    found : Stages
    """
    figure = Figure(figsize=(PAGE, HEIGHT))
    figure.set_layout_engine("none")
    write(
        figure,
        PAGE / 2,
        HEIGHT - 0.12,
        f"{found.label}: to a training pair, above; to a sample and its measures, below",
        8,
    )
    end = draw_training(figure, found)
    draw_network(figure, found, end)
    draw_sampling(figure, found)
    return figure


def draw_training(figure: Figure, found: Stages) -> float:
    """The image, its corrupted states and the pair; where they end."""
    chosen = [1 + i for i in spread_out(len(found.levels) - 1, N_STATES)]
    x = picture(figure, LEFT, TRAINING, SIDE, found.image, "held-out image")
    x = arrow(figure, x, TRAINING + SIDE / 2)
    for j in chosen:
        x = picture(figure, x, TRAINING, SIDE, found.states[j], f"level {found.levels[j]}") + 0.04
    x = arrow(figure, x - 0.04, TRAINING + SIDE / 2)
    x_k, target = found.pair
    x = picture(figure, x, TRAINING, SIDE, x_k, f"input, level {found.pair_level}") + 0.1
    full = float(np.abs(target.mean(0)).max()) or 1.0
    colours = change_colours(target, full)
    return picture(figure, x, TRAINING, SIDE, colours, f"target ±{full:.1g}")


def draw_network(figure: Figure, found: Stages, x: float) -> None:
    """The network as a box, to the right of the pair."""
    x = arrow(figure, x, TRAINING + SIDE / 2)
    box(figure, x, TRAINING, PAGE - x - 0.1, SIDE, "network")
    words = f"U-Net\n{found.n_weights:,} weights\n{found.n_steps:,} steps"
    write(figure, (x + PAGE - 0.1) / 2, TRAINING + SIDE / 2, words, 7)


def draw_sampling(figure: Figure, found: Stages) -> None:
    """Initial states, samples, features and the row of the table."""
    size, middle = 2 * SIDE, SAMPLING + SIDE / 2
    columns = -(-len(found.samples) // 2)
    h, w = found.image.shape[1:]
    width, height = size, size / columns * 2 * h / w
    bottom = middle - height / 2
    x = LEFT
    for grid, title in ((found.initial, "initial states"), (found.samples, "samples")):
        axes = figure.add_axes(place(figure, x, bottom, width, height))
        axes.imshow(white_mosaic(grid, columns), aspect="auto")
        axes.set_axis_off()
        axes.set_title(title, fontsize=6, pad=NAME)
        x = arrow(figure, x + width, middle, "U-Net" if title == "initial states" else "")
    axes = figure.add_axes(place(figure, x, bottom, width, height))
    axes.imshow(found.features, aspect="auto", cmap=LEVEL_MAP)
    axes.set_axis_off()
    shown = f"features: {found.features.shape[1]} of {found.n_features}"
    axes.set_title(shown, fontsize=6, pad=NAME)
    x = arrow(figure, x + width, middle)
    box(figure, x, SAMPLING - 0.14, PAGE - x - 0.1, SIDE + 0.14, "row of the table, one seed")
    for i, (name, text) in enumerate(found.row):
        y = SAMPLING + SIDE - (i + 0.5) * (SIDE + 0.14) / len(found.row)
        write(figure, x + 0.06, y, name, 6, ha="left")
        write(figure, PAGE - 0.16, y, text, 6, ha="right")


def picture(
    figure: Figure, x: float, y: float, side: float, image: np.ndarray, title: str
) -> float:
    """An image (c, h, w) with its name above; where it ends."""
    h, w = image.shape[1:]
    height = side * h / w if h <= w else side
    width = height * w / h
    axes = figure.add_axes(place(figure, x, y + (side - height) / 2, width, height))
    axes.imshow(white_mosaic(image[None], 1))
    axes.set_axis_off()
    axes.set_title(title, fontsize=6, pad=NAME)
    return x + width


def arrow(figure: Figure, x: float, y: float, words: str = "") -> float:
    """An arrow to the right from a stage to the next; where it ends."""
    across, down = figure.get_size_inches()
    figure.add_artist(
        FancyArrowPatch(
            ((x + 0.06) / across, y / down),
            ((x + ARROW - 0.06) / across, y / down),
            transform=figure.transFigure,
            arrowstyle="-|>",
            mutation_scale=8,
            color="0.3",
            linewidth=1,
        )
    )
    if words:
        write(figure, x + ARROW / 2, y + 0.1, words, 6)
    return x + ARROW


def box(figure: Figure, x: float, y: float, width: float, height: float, title: str) -> None:
    """A frame with its name above."""
    axes = figure.add_axes(place(figure, x, y, width, height), facecolor="0.95", zorder=-1)
    axes.set(xticks=(), yticks=())
    axes.spines[:].set_visible(True)
    axes.set_title(title, fontsize=6, pad=NAME)
