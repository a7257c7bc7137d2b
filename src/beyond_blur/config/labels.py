"""What figures and titles call a process; torch-free, for the rules are labelled with it too."""

from __future__ import annotations

import math
from typing import Any


def label(name: str, peclet: float | None = None) -> str:
    """A process in words, with its Peclet number where it has one.

    Parameters
    ----------
    name : str
        As the configuration has it: ``advection_diffusion``.
    peclet : float, optional
        None, or NaN as in a table, of a process without a flow.

    Returns
    -------
    str
        ``advection diffusion, Pe = 0.1``.
    """
    words = name.replace("_", " ")
    has_number = peclet is not None and not math.isnan(peclet)
    return f"{words}, {peclet_label(peclet)}" if has_number else words


def peclet_label(peclet: float | None) -> str:
    """A Peclet number as figures have it: ``Pe = 0.1``."""
    return f"Pe = {peclet:g}"


def process_label(process: Any) -> str:
    """What figures call a process, from its options."""
    return label(process.name, process.flow_peclet)
