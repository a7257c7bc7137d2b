"""Rows of amplitudes, checked before they are gathered or drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from beyond_blur.config.labels import label
from beyond_blur.metrics.column import Column, row_fault

AMPLITUDE_COLUMNS = {
    "process": Column("text"),
    "peclet": Column("number", low=0, always=False),
    "n_images": Column("whole", low=3),
    "mode_y": Column("whole", low=0),
    "mode_x": Column("whole", low=0),
    # A mode that does not vary has no slope; rounding may take a correlation past 1.
    "amplitude": Column("number", always=False),
    "standard_error": Column("number", low=0, always=False),
    "correlation": Column("number", low=-1 - 1e-9, high=1 + 1e-9, always=False),
    "pure_blur": Column("number", low=0, high=1 + 1e-9),
}
"""What the columns of ``terminal_amplitude.csv``, and the rows it is made of, may hold."""


def amplitude_fault(line: Any) -> str | None:
    """What is wrong with a row of amplitudes, as the end of a sentence; None if nothing."""
    fault = row_fault(line, AMPLITUDE_COLUMNS)
    if fault is not None:
        return fault
    lacking = next((name for name in AMPLITUDE_COLUMNS if name not in line), None)
    return None if lacking is None else f"{lacking} is missing"


def check_amplitudes(rows: Sequence[Mapping[str, Any]]) -> None:
    """Refuse amplitudes of which some are there twice, or not at all.

    Parameters
    ----------
    rows : sequence of mapping
        Of all processes, one for each mode.

    Raises
    ------
    ValueError
        Naming the process and the mode.
    """
    modes: dict[tuple[str, float | None], list[tuple[int, int]]] = {}
    for row in rows:
        process = (row["process"], row["peclet"])
        modes.setdefault(process, []).append((row["mode_y"], row["mode_x"]))
    every = sorted({mode for found in modes.values() for mode in found})
    for process, found in modes.items():
        for mode in every:
            if found.count(mode) != 1:
                fault = "is missing" if mode not in found else "comes twice"
                raise ValueError(
                    f"mode {mode} of {label(*process)} {fault}: give the file of every process once"
                )
