"""What terminal states still hold of their images."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from beyond_blur.config.labels import label
from beyond_blur.rendering.axes import put_legend_below
from beyond_blur.rendering.looks import REAL, looks
from beyond_blur.rendering.style import PAGE


def amplitudes(frame: pd.DataFrame) -> Figure:
    """Amplitude and correlation of the lowest modes of the terminal states, over wave number.

    Parameters
    ----------
    frame : DataFrame
        Columns of ``results/terminal_amplitude.csv``.
    """
    figure = Figure(figsize=(PAGE, 2.9))
    left, right = figure.subplots(1, 2)
    modes = frame.assign(wavenumber=np.hypot(frame["mode_x"], frame["mode_y"]).round(3))
    modes = modes[modes["wavenumber"].between(1, 4)]
    names = list(map(label, modes["process"], modes["peclet"]))
    look_of = looks(names)
    for name, rows in modes.groupby(np.array(names), sort=False):
        look: dict[str, Any] = {"color": look_of[name].colour, "marker": look_of[name].marker}
        rings = rows.groupby("wavenumber")
        means = rings[["amplitude", "correlation"]].mean()
        error = rings["standard_error"].apply(lambda e: np.sqrt(np.square(e).sum()) / len(e))
        left.errorbar(
            means.index,
            means["amplitude"],
            yerr=error,
            **look,
            elinewidth=0.8,
            label=name,
        )
        right.plot(means.index, means["correlation"], **look)
    blur = modes.groupby("wavenumber")["pure_blur"].first()
    left.plot(blur.index, blur, color=REAL, linestyle="--", label="pure blur")
    for axes, quantity in ((left, "amplitude kept"), (right, "correlation with the image")):
        axes.set(xlabel="wave number, half waves per image", ylabel=quantity)
        axes.axhline(0, color=REAL, linewidth=0.6)
    chance = 2 / np.sqrt(modes["n_images"].min())
    right.axhspan(-chance, chance, color=REAL, alpha=0.15, linewidth=0, label="by chance (95 %)")
    handles = [handle for axes in (left, right) for handle in axes.get_legend_handles_labels()[0]]
    put_legend_below(figure, handles)
    return figure
