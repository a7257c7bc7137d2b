"""The history of a training run: at most a few hundred lines, whatever its length."""

from __future__ import annotations

import json
import math
from typing import Any

from beyond_blur.training.loop import StepReport

MAX_LINES = 400


N_BANDS = 10


class History:
    """Means over windows of steps: loss, gradient norm, and the loss in ten bands of levels.

    Windows start at one step. When there are `MAX_LINES` of them, neighbours are joined and windows
    are twice as long from then on. So the history does not depend on how long the run is meant to
    be, and a run that is continued has the history of one that never stopped.

    Parameters
    ----------
    n_levels : int
        Number of levels K, cut into bands of equal width.
    """

    def __init__(self, n_levels: int) -> None:
        self.n_levels, self.n_bands = n_levels, min(N_BANDS, n_levels)
        self.window, self.recent = 1, 0.0
        self.windows: list[dict[str, Any]] = []
        self.open: dict[str, Any] | None = None

    def add(self, step: StepReport, held_out_loss: float | None = None) -> None:
        """Take one step into the current window; close the window when it is full.

        Parameters
        ----------
        step : StepReport
        held_out_loss : float, optional
            Loss of the averaged weights on held-out images after this step, where measured.
        """
        now = self._of_step(step, held_out_loss)
        self.open = now if self.open is None else joined(self.open, now)
        if math.isfinite(step.loss):
            self.recent = 0.98 * self.recent + 0.02 * step.loss if self.recent else step.loss
        if step.step % self.window == 0:
            self.windows.append(self.open)
            self.open = None
        if len(self.windows) == MAX_LINES:
            pairs = zip(self.windows[::2], self.windows[1::2], strict=True)
            self.windows = [joined(first, second) for first, second in pairs]
            self.window *= 2

    def _of_step(self, step: StepReport, held_out_loss: float | None) -> dict[str, Any]:
        """A window of one step: sums and counts; a step that was not finite adds to neither."""
        sums, counts = [0.0] * self.n_bands, [0] * self.n_bands
        bands = ((step.k - 1) * self.n_bands // self.n_levels).tolist()
        finite = math.isfinite(step.loss) and math.isfinite(step.gradient_norm)
        for band, loss in zip(bands, step.loss_per_row.tolist(), strict=True) if finite else ():
            sums[band] += loss
            counts[band] += 1
        return {
            "step": step.step, "learning_rate": step.learning_rate, "skipped": step.skipped,
            "n": int(finite), "loss": step.loss if finite else 0.0,
            "norm": step.gradient_norm if finite else 0.0, "sums": sums, "counts": counts,
            "held_out_loss": held_out_loss,
        }  # fmt: skip

    def to_text(self) -> str:
        """JSON lines, one per window; null where a window has no value."""
        windows = [*self.windows, *([self.open] if self.open else [])]
        return "".join(json.dumps(line_of(window)) + "\n" for window in windows)

    def state(self) -> str:
        """Everything needed to go on, as text."""
        return json.dumps(vars(self))

    def restore(self, text: str) -> None:
        """Go on from `state`."""
        vars(self).update(json.loads(text))


def joined(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """Two neighbouring windows as one; of two held-out losses the later one."""
    held_out = second["held_out_loss"]
    return {
        **second,
        "n": first["n"] + second["n"],
        "loss": first["loss"] + second["loss"],
        "norm": first["norm"] + second["norm"],
        "sums": [a + b for a, b in zip(first["sums"], second["sums"], strict=True)],
        "counts": [a + b for a, b in zip(first["counts"], second["counts"], strict=True)],
        "held_out_loss": first["held_out_loss"] if held_out is None else held_out,
    }


def line_of(window: dict[str, Any]) -> dict[str, Any]:
    """A window as means."""
    n = window["n"]
    return {
        "step": window["step"],
        "loss": window["loss"] / n if n else None,
        "gradient_norm": window["norm"] / n if n else None,
        "learning_rate": window["learning_rate"],
        "skipped": window["skipped"],
        "loss_per_band": [
            s / count if count else None
            for s, count in zip(window["sums"], window["counts"], strict=True)
        ],
        "held_out_loss": window["held_out_loss"],
    }
