"""The house's style, and how figures are saved: the same numbers are the same bytes.

Matplotlib reads its settings while it draws and again while it saves, so both happen under
`house_style`; `draw` does so, and nothing else changes the settings of whoever imports this.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from beyond_blur.storage.atomic import atomic

COLUMN, PAGE = 3.3, 6.9
"""Inches: widths of a column and of the page of a paper in two columns (CVPR's style). No figure is
wider, so that nothing is made smaller there than it was drawn."""

SMALLEST = 6
"""Points of the smallest letters."""

SETTINGS: dict[str, Any] = {
    "figure.dpi": 120,
    "savefig.dpi": 300,
    "font.family": "DejaVu Sans",  # comes with Matplotlib: the same letters on every machine
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7,
    "legend.frameon": False,
    "legend.handlelength": 1.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.linewidth": 0.6,
    "grid.alpha": 0.3,
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.1,
    "lines.markersize": 4,
    "errorbar.capsize": 1.5,
    "image.interpolation": "none",  # in a PDF the pixels of the image itself
    "figure.constrained_layout.use": True,
    "pdf.fonttype": 42,  # letters as letters of an embedded font, not as drawings
}


FORMATS: dict[str, dict[str, Any]] = {
    ".png": {"metadata": {"Software": None}},
    ".pdf": {"metadata": {"CreationDate": None}},
    ".jpg": {"pil_kwargs": {"quality": 92, "subsampling": 0}},
    ".webp": {"pil_kwargs": {"quality": 92}},
}
"""Formats of figures, and how each is written: the same figure is the same bytes, without programs'
versions and dates, and letters stay sharp where a format loses something (Pillow's)."""


@contextmanager
def house_style() -> Iterator[None]:
    """Figures made and saved in this block look like all others of the project."""
    with matplotlib.rc_context(SETTINGS):
        yield


def draw(make: Callable[[], Figure], *paths: Path | str) -> None:
    """Make a figure in the house's style and write it.

    Parameters
    ----------
    make : callable
        Draws the figure.
    *paths : Path or str
        Files, each written in the format of its suffix.

    Raises
    ------
    ValueError
        As `save`.
    """
    with house_style():
        save(make(), *paths)


def save(figure: Figure, *paths: Path | str) -> None:
    """Write a figure in the format of each file's suffix; the same figure is the same bytes.

    Raises
    ------
    ValueError
        For a suffix that is none of `FORMATS`.
    WriteError
        If a file cannot be written.
    """
    formats = [check_format(path) for path in paths]
    for path, name in zip(paths, formats, strict=True):
        with atomic(path) as temporary:
            figure.savefig(temporary, format=name[1:], **FORMATS[name])


def check_format(path: Path | str) -> str:
    """The suffix of a figure's file, in small letters.

    Raises
    ------
    ValueError
        For any that is none of `FORMATS`.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in FORMATS:
        raise ValueError(f"{path} has to end in one of {', '.join(FORMATS)}: figures are these")
    return suffix
