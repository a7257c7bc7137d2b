"""What figures, tables and titles call a process; torch-free, for rules are labelled so too."""

from __future__ import annotations

import math
from typing import Any

from beyond_blur.config.process_options import PROCESS_SPECS

TITLES = {spec().name: spec.title for spec in PROCESS_SPECS.values() if spec.title}
"""Methods by the name that a process has where the configuration gives it none."""

PECLET = ", Pe = "
"""Stands between a process and its Peclet number."""


def title(name: str) -> str:
    """A method as its authors call it: ``IHDM`` for ``heat_dissipation``; other names in words."""
    return TITLES.get(name, name.replace("_", " "))


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
        ``Beyond Blur, Pe = 0.1``.
    """
    has_number = peclet is not None and not math.isnan(peclet)
    return f"{title(name)}, {peclet_label(peclet)}" if has_number else title(name)


def parts(text: str) -> tuple[str, float | None]:
    """The title and the Peclet number that `label` has made a label of."""
    name, _, number = text.partition(PECLET)
    return name, float(number) if number else None


def peclet_label(peclet: float | None) -> str:
    """A Peclet number as figures have it: ``Pe = 0.1``."""
    return f"Pe = {peclet:g}"


def process_label(process: Any) -> str:
    """What figures call a process, from its options."""
    return label(process.name, process.flow_peclet)
