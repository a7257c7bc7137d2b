"""The history of a training run: at most a few hundred lines, whatever its length."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from beyond_blur.training import StepReport

N_LINES = 200
N_BANDS = 10


class History:
    """Means over windows of steps: loss, gradient norm, and the loss in ten bands of levels.

    Parameters
    ----------
    iterations : int
        Length of the run, which sets the length of a window.
    n_levels : int
        Number of levels K, cut into bands of equal width.
    """

    def __init__(self, iterations: int, n_levels: int) -> None:
        self.window = max(1, iterations // N_LINES)
        self.n_levels, self.n_bands = n_levels, min(N_BANDS, n_levels)
        self.lines: list[dict[str, Any]] = []
        self.recent = 0.0
        self._start_window()

    def _start_window(self) -> None:
        self.losses: list[float] = []
        self.norms: list[float] = []
        self.band_sum = [0.0] * self.n_bands
        self.band_count = [0] * self.n_bands

    def add(self, step: StepReport) -> None:
        """Take one step into the current window; close the window when it is full."""
        self.recent = step.loss if not self.recent else 0.98 * self.recent + 0.02 * step.loss
        self.losses.append(step.loss)
        self.norms.append(step.gradient_norm)
        bands = ((step.k - 1) * self.n_bands // self.n_levels).tolist()
        for band, loss in zip(bands, step.loss_per_row.tolist(), strict=True):
            self.band_sum[band] += loss
            self.band_count[band] += 1
        if step.step % self.window == 0:
            self._close_window(step)

    def _close_window(self, step: StepReport) -> None:
        self.lines.append({
            "step": step.step,
            "loss": float(np.mean(self.losses)),
            "gradient_norm": float(np.mean(self.norms)),
            "learning_rate": step.learning_rate,
            "skipped": step.skipped,
            "loss_per_band": [
                s / n if n else None for s, n in zip(self.band_sum, self.band_count, strict=True)
            ],
        })  # fmt: skip
        self._start_window()

    def to_text(self) -> str:
        """JSON lines, one per window."""
        return "".join(json.dumps(line) + "\n" for line in self.lines)

    def state(self) -> str:
        """Everything needed to go on, as text."""
        return json.dumps(vars(self))

    def restore(self, text: str) -> None:
        """Go on from `state`."""
        vars(self).update(json.loads(text))
