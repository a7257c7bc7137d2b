"""Losses over steps and over levels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure


def losses(sets: Sequence[tuple[str, pd.DataFrame]]) -> Figure:
    """Loss over steps, in training and on held-out images, and over levels at the end of training.

    Parameters
    ----------
    sets : sequence of (label, history)
        Columns ``step``, ``loss``, ``loss_per_band`` and, where it was measured,
        ``held_out_loss``, which has gaps.
    """
    figure = Figure(figsize=(9, 3.2))
    left, right = figure.subplots(1, 2)
    for i, (label, history) in enumerate(sets):
        colour = f"C{i % 10}"
        left.plot(history["step"], history["loss"], color=colour, linewidth=0.8, alpha=0.7)
        if "held_out_loss" in history:
            held_out = history.dropna(subset="held_out_loss")
            left.plot(
                held_out["step"],
                held_out["held_out_loss"].astype(float),
                color=colour,
                marker="o",
                markersize=4,
                linestyle="--",
                linewidth=1,
            )
        last = history["loss_per_band"].iloc[-max(len(history) // 4, 1) :]
        bands = pd.DataFrame(last.tolist(), dtype=float).mean()
        middles = (np.arange(len(bands)) + 0.5) / len(bands)
        right.plot(middles, bands, color=colour, marker=".", linewidth=1, label=label)
    left.set(yscale="log", xlabel="step", ylabel="loss per image")
    left.set_title("training (lines), held out (dots)")
    right.set(yscale="log", xlabel="level k / K", xlim=(0, 1), title="last quarter of training")
    handles, labels = right.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right center", fontsize=7, frameon=False)
    return figure
