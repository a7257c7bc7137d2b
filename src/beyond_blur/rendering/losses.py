"""Losses over steps and over levels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from beyond_blur.rendering.axes import put_legend_below, use_plain_log_scale
from beyond_blur.rendering.looks import looks
from beyond_blur.rendering.style import PAGE


def losses(sets: Sequence[tuple[str, pd.DataFrame]]) -> Figure:
    """Loss over steps, in training and on held-out images, and over levels at the end of training.

    Parameters
    ----------
    sets : sequence of (label, history)
        Columns ``step``, ``loss``, ``loss_per_band`` and, where it was measured,
        ``held_out_loss``, which has gaps.
    """
    figure = Figure(figsize=(PAGE, 2.7))
    left, right = figure.subplots(1, 2)
    look_of = looks(label for label, _ in sets)
    for label, history in sets:
        look: dict[str, Any] = {"color": look_of[label].colour, "marker": look_of[label].marker}
        left.plot(history["step"], history["loss"], color=look["color"], linewidth=0.8, alpha=0.7)
        if "held_out_loss" in history:
            held_out = history.dropna(subset="held_out_loss")
            left.plot(
                held_out["step"],
                held_out["held_out_loss"].astype(float),
                **look,
                linestyle="--",
                linewidth=1,
            )
        last = history["loss_per_band"].iloc[-max(len(history) // 4, 1) :]
        bands = pd.DataFrame(last.tolist(), dtype=float).mean()
        middles = (np.arange(len(bands)) + 0.5) / len(bands)
        right.plot(middles, bands, **look, label=label)
    left.set(xlabel="step", ylabel="loss per image")
    left.set_title("training (lines), held out (marks)")
    right.set(xlabel="level k / K", xlim=(0, 1), title="last quarter of training")
    left.locator_params(axis="x", integer=True)
    for axes in (left, right):
        use_plain_log_scale(axes)
    put_legend_below(figure, right.get_legend_handles_labels()[0])
    return figure
