"""How figures are saved: PNG and PDF, the same bytes from the same numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from beyond_blur.storage.atomic import atomic

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
