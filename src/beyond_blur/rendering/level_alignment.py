"""Levels of different processes made comparable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure

from beyond_blur.analysis.alignment import LevelSpectra
from beyond_blur.rendering.axes import put_legend_below
from beyond_blur.rendering.looks import looks
from beyond_blur.rendering.style import PAGE


def level_alignment(curves: Mapping[str, LevelSpectra]) -> Figure:
    """Measured signal-to-noise ratio over the level of each process: equal heights are aligned.

    Parameters
    ----------
    curves : mapping of label to LevelSpectra
    """
    figure = Figure(figsize=(PAGE, 2.8))
    left, right = figure.subplots(1, 2)
    look_of = looks(curves)
    for label, spectra in curves.items():
        share = spectra.levels / spectra.levels[-1]
        look: dict[str, Any] = {"color": look_of[label].colour, "marker": look_of[label].marker}
        left.plot(share[1:], spectra.snr_db[1:], **look, markersize=3, label=label)
        right.plot(share, spectra.distance_db, **look, markersize=3)
    left.set(xlabel="level k / K", ylabel="signal to noise, dB")
    right.set(xlabel="level k / K", ylabel="distance to the clean spectrum, dB")
    put_legend_below(figure, left.get_legend_handles_labels()[0])
    return figure
