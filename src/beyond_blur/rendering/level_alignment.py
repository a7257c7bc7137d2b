"""Levels of different processes made comparable."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.figure import Figure

from beyond_blur.analysis.alignment import LevelSpectra


def level_alignment(curves: Mapping[str, LevelSpectra]) -> Figure:
    """Measured signal-to-noise ratio over the level of each process: equal heights are aligned.

    Parameters
    ----------
    curves : mapping of label to LevelSpectra
    """
    figure = Figure(figsize=(7.5, 2.9))
    left, right = figure.subplots(1, 2)
    for label, spectra in curves.items():
        share = spectra.levels / spectra.levels[-1]
        left.plot(share[1:], spectra.snr_db[1:], marker=".", linewidth=1, label=label)
        right.plot(share, spectra.distance_db, marker=".", linewidth=1)
    left.set(xlabel="level k / K", ylabel="signal to noise, dB")
    right.set(xlabel="level k / K", ylabel="distance to the clean spectrum, dB")
    left.legend(fontsize=6, frameon=False)
    return figure
