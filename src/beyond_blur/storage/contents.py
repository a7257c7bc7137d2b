"""Arrays out of a file, each by its name and of the form it must have, or one line of error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from beyond_blur.storage.atomic import ArtifactError

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Form:
    """What an array has to be.

    Attributes
    ----------
    kinds : str
        NumPy's letters of the kinds of numbers it may hold.
    axes : int
    words : str
        The same for a message.
    """

    kinds: str
    axes: int
    words: str


IMAGES = Form("u", 4, "uint8 (n, c, h, w)")
STATES = Form("f", 4, "floating-point (n, c, h, w)")
FEATURES = Form("f", 2, "floating-point (n, d)")
NUMBERS = Form("iu", 1, "whole numbers (n,)")
GRID = Form("u", 5, "uint8 (rows, columns, c, h, w)")
STRIPS = Form("f", 5, "floating-point, of five axes up to (c, h, w)")
MARKS = Form("b", 2, "truth values (rows, n)")


def array_of(
    arrays: Mapping[str, np.ndarray], name: str, form: Form, file: str, n: int | None = None
) -> np.ndarray:
    """One array of a file.

    Parameters
    ----------
    arrays : mapping of str to array
        What the file holds.
    name : str
    form : Form
    file : str
        The file, or what it is, for the message.
    n : int, optional
        Rows that it must have.

    Raises
    ------
    ArtifactError
        If there is no such array, or it is of another form or length.
    """
    if name not in arrays:
        held = ", ".join(sorted(arrays)) or "nothing"
        raise ArtifactError(f"{file} holds no array {name!r} (but {held}): give the right file")
    values = arrays[name]
    if values.dtype.kind not in form.kinds or values.ndim != form.axes or 0 in values.shape:
        raise ArtifactError(
            f"{file}: {name} is {values.dtype} of shape {values.shape}, expected {form.words} and "
            "not empty: give the right file"
        )
    if n is not None and len(values) != n:
        raise ArtifactError(
            f"{file}: {name} has {len(values)} rows where {n} belong: the files are of different "
            "runs; make them again together"
        )
    return values
