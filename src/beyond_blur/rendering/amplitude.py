"""What terminal states still hold of their images."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from beyond_blur.config.labels import label
from beyond_blur.rendering.axes import GREY


def amplitudes(frame: pd.DataFrame) -> Figure:
    """Amplitude and correlation of the lowest modes of the terminal states, over wave number.

    Parameters
    ----------
    frame : DataFrame
        Columns of ``results/terminal_amplitude.csv``.
    """
    figure = Figure(figsize=(8.0, 3.4))
    left, right = figure.subplots(1, 2)
    modes = frame.assign(wavenumber=np.hypot(frame["mode_x"], frame["mode_y"]).round(3))
    modes = modes[modes["wavenumber"].between(1, 4)]
    for i, (name, rows) in enumerate(
        modes.groupby(["process", "peclet"], dropna=False, sort=False)
    ):
        rings = rows.groupby("wavenumber")
        means = rings[["amplitude", "correlation"]].mean()
        error = rings["standard_error"].apply(lambda e: np.sqrt(np.square(e).sum()) / len(e))
        left.errorbar(
            means.index,
            means["amplitude"],
            yerr=error,
            color=f"C{i % 10}",
            marker=".",
            capsize=2,
            elinewidth=0.8,
            label=label(*name),
        )
        right.plot(means.index, means["correlation"], color=f"C{i % 10}", marker=".")
    blur = modes.groupby("wavenumber")["pure_blur"].first()
    left.plot(blur.index, blur, color=GREY, linestyle="--", label="pure blur")
    for axes, quantity in ((left, "amplitude kept"), (right, "correlation with the image")):
        axes.set(xlabel="wave number, half waves per image", ylabel=quantity)
        axes.axhline(0, color=GREY, linewidth=0.6)
    chance = 2 / np.sqrt(modes["n_images"].min())
    right.axhspan(-chance, chance, color=GREY, alpha=0.15, linewidth=0, label="by chance (95 %)")
    figure.legend(loc="outside lower center", ncols=3, fontsize=8, frameon=False)
    return figure
