"""Figures from arrays. Each function returns a matplotlib figure; `save` writes PNG and PDF."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import LogLocator, NullLocator

from beyond_blur.artifacts import atomic
from beyond_blur.spectrum import radial_spectrum

matplotlib.rcParams.update({
    "figure.dpi": 120,
    "savefig.dpi": 200,
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.3,
    "figure.constrained_layout.use": True,
    "pdf.fonttype": 42,
})  # fmt: skip


FORMATS: dict[str, dict[str, Any]] = {".png": {"Software": None}, ".pdf": {"CreationDate": None}}
"""Formats of figures, and what has to go for the same figure to be the same bytes."""


def save(figure: Figure, *paths: Path | str) -> None:
    """Write a figure in the format of each file's suffix; the same figure is the same bytes.

    Raises
    ------
    ValueError
        For a suffix that is none of `FORMATS`, or a file that cannot be written.
    """
    formats = [check_format(path) for path in paths]
    for path, name in zip(paths, formats, strict=True):
        try:
            with atomic(path) as temporary:
                figure.savefig(temporary, metadata=FORMATS[name], format=name[1:])
        except OSError as error:
            raise ValueError(f"{path} cannot be written ({error})") from error


def check_format(path: Path | str) -> str:
    """The suffix of a figure's file, in small letters.

    Raises
    ------
    ValueError
        For any other than .png and .pdf.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in FORMATS:
        raise ValueError(f"{path} has to end in one of {', '.join(FORMATS)}: figures are these")
    return suffix


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


def spectra(sets: Sequence[tuple[str, np.ndarray, np.ndarray]]) -> Figure:
    """Radially averaged energy spectrum at several levels of each process.

    Parameters
    ----------
    sets : sequence of (label, forward, levels)
        States of shape (n, m, c, h, w); spectra are means over images and channels.
    """
    figure = Figure(figsize=(2.6 * len(sets) + 0.8, 2.8))
    grid = figure.subplots(1, len(sets), sharey=True, squeeze=False)[0]
    colours = matplotlib.colormaps["viridis"]
    top, bottom = 0.0, np.inf
    for axes, (label, forward, levels) in zip(grid, sets, strict=True):
        for j, level in enumerate(levels):
            wavenumber, energy = radial_spectrum(forward[:, j])
            colour = colours(0.9 * j / max(len(levels) - 1, 1))
            share = level / max(levels[-1], 1)
            axes.loglog(wavenumber, energy, color=colour, marker=".", label=f"k / K = {share:.2f}")
            top, bottom = max(top, float(energy.max())), min(bottom, float(energy.min()))
        axes.set_title(label)
        axes.set_xlabel("wave number, half waves per image")
        axes.xaxis.set_major_locator(LogLocator(base=2))
        axes.xaxis.set_major_formatter("{x:g}")
        axes.xaxis.set_minor_locator(NullLocator())
    grid[0].set_ylabel("energy per mode")
    grid[0].set_ylim(max(bottom / 3, top * 1e-9), top * 3)
    handles, labels = grid[-1].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right center", fontsize=7, frameon=False)
    return figure


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


def losses(sets: Sequence[tuple[str, pd.DataFrame]]) -> Figure:
    """Loss over steps, in training and on held-out images, and over levels at the end of training.

    Parameters
    ----------
    sets : sequence of (label, history)
        Columns ``step``, ``loss``, ``loss_per_band`` and, where it was measured,
        ``held_out_loss``, which has gaps.
    """
    figure = Figure(figsize=(9, 3.2))
    left, right = figure.subplots(1, 2)
    for i, (label, history) in enumerate(sets):
        colour = f"C{i % 10}"
        left.plot(history["step"], history["loss"], color=colour, linewidth=0.8, alpha=0.7)
        if "held_out_loss" in history:
            held_out = history.dropna(subset="held_out_loss")
            left.plot(held_out["step"], held_out["held_out_loss"].astype(float), color=colour,
                      marker="o", markersize=4, linestyle="--", linewidth=1)  # fmt: skip
        last = history["loss_per_band"].iloc[-max(len(history) // 4, 1) :]
        bands = pd.DataFrame(last.tolist(), dtype=float).mean()
        middles = (np.arange(len(bands)) + 0.5) / len(bands)
        right.plot(middles, bands, color=colour, marker=".", linewidth=1, label=label)
    left.set(yscale="log", xlabel="step", ylabel="loss per image")
    left.set_title("training (lines), held out (dots)")
    right.set(yscale="log", xlabel="level k / K", xlim=(0, 1), title="last quarter of training")
    handles, labels = right.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right center", fontsize=7, frameon=False)
    return figure
