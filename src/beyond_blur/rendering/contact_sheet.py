"""A contact sheet: some images of a data set, each above the name of its class."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from beyond_blur.rendering.style import COLUMN, PAGE

if TYPE_CHECKING:
    from beyond_blur.rendering.set_loading import Sheet

COLUMNS = 12

SIDE = PAGE / (COLUMNS * 1.06)
"""Inches of an image."""

GAP = 0.06
"""Between two images, in widths of an image."""

CAPTION = 0.2
"""Height of a line below an image, in widths of an image."""

LETTERS = 11
"""Of a caption, before it is cut."""

SHARP = 64
"""Images of fewer pixels a side are shown pixel by pixel."""


def contact_sheet(sheet: Sheet) -> Figure:
    """Images in rows, each with the name of its class."""
    images, captions = sheet.images, sheet.captions
    columns = min(COLUMNS, len(images))
    rows = -(-len(images) // columns)
    line = CAPTION if captions else 0.0
    across, down = columns * (1 + GAP) - GAP, rows * (1 + GAP + line) - GAP
    figure = Figure(figsize=(max(SIDE * across, COLUMN), SIDE * down + 0.3))
    axes = figure.subplots()
    axes.set(xlim=(0, across), ylim=(down, 0), aspect="equal")
    axes.set_axis_off()
    axes.set_title(title(sheet), loc="left")
    smooth = "nearest" if images.shape[-1] < SHARP else "antialiased"
    for i, image in enumerate(images):
        x, y = i % columns * (1 + GAP), i // columns * (1 + GAP + line)
        colour = np.broadcast_to(image.transpose(1, 2, 0), (*image.shape[1:], 3))
        axes.imshow(colour, extent=(x, x + 1, y + 1, y), interpolation=smooth)
        if captions:
            axes.text(x + 0.5, y + 1.02, cut(captions[i]), ha="center", va="top", fontsize=6)
    axes.set(xlim=(0, across), ylim=(down, 0))
    return figure


def title(sheet: Sheet) -> str:
    """What is shown, and of how many."""
    _, c, h, w = sheet.images.shape
    colour = "grey" if c == 1 else "colour"
    return (
        f"{sheet.name}: {len(sheet.images):,} of {sheet.of:,} training images, {w} x {h} pixels, "
        f"{colour}"
    )


def cut(caption: str) -> str:
    """A caption that is no wider than its image."""
    return caption if len(caption) <= LETTERS else caption[: LETTERS - 1] + "…"
