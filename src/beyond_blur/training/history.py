"""The history of a training run: at most a few hundred lines, whatever its length."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from typing import Any

from beyond_blur.training.step import StepReport

MAX_LINES = 400
"""Lines of a history; a choice: more points than a curve of the loss figure can show."""

N_BANDS = 10
"""Bands of levels whose losses are kept apart; a choice."""

NEWEST = 0.02
"""Weight of the newest step in the smoothed loss of the progress line: it remembers 50 steps."""


@dataclass(frozen=True)
class Window:
    """Sums over neighbouring steps.

    Attributes
    ----------
    step : int
        The last step.
    learning_rate : float
        At the last step.
    skipped : int
        Steps left out of the run up to the last step.
    n : int
        Steps of the window whose loss and gradient were finite; the others add nothing to the sums.
    loss, norm : float
        Sums of the loss and of the gradient norm.
    sums, counts : list of float, list of int
        Losses and their number in each band of levels.
    held_out_loss : float, optional
        The last one measured in the window.
    """

    step: int
    learning_rate: float
    skipped: int
    n: int
    loss: float
    norm: float
    sums: list[float]
    counts: list[int]
    held_out_loss: float | None

    def joined(self, later: Window) -> Window:
        """The window of this one and the one after it."""
        held_out = later.held_out_loss
        return Window(
            step=later.step,
            learning_rate=later.learning_rate,
            skipped=later.skipped,
            n=self.n + later.n,
            loss=self.loss + later.loss,
            norm=self.norm + later.norm,
            sums=[a + b for a, b in zip(self.sums, later.sums, strict=True)],
            counts=[a + b for a, b in zip(self.counts, later.counts, strict=True)],
            held_out_loss=self.held_out_loss if held_out is None else held_out,
        )

    def means(self) -> dict[str, Any]:
        """The line of this window; None where it has no value."""
        bands = zip(self.sums, self.counts, strict=True)
        return {
            "step": self.step,
            "loss": self.loss / self.n if self.n else None,
            "gradient_norm": self.norm / self.n if self.n else None,
            "learning_rate": self.learning_rate,
            "skipped": self.skipped,
            "loss_per_band": [total / count if count else None for total, count in bands],
            "held_out_loss": self.held_out_loss,
        }


class History:
    """Means over windows of steps: loss, gradient norm, and the loss in ten bands of levels.

    Windows start at one step. When there are `MAX_LINES` of them, neighbours are joined and windows
    are twice as long from then on. So the history does not depend on how long the run is meant to
    be, and a run that is continued has the history of one that never stopped.

    Parameters
    ----------
    n_levels : int
        Number of levels K, cut into bands of equal width.

    Attributes
    ----------
    window : int
        Steps of a full window.
    recent : float
        The smoothed loss.
    windows : list of Window
        The full ones.
    open : Window, optional
        The one that is being filled.
    """

    def __init__(self, n_levels: int) -> None:
        self.n_levels, self.n_bands = n_levels, min(N_BANDS, n_levels)
        self.window, self.recent = 1, 0.0
        self.windows: list[Window] = []
        self.open: Window | None = None

    def add(self, step: StepReport, held_out_loss: float | None = None) -> None:
        """Take one step into the current window; close the window when it is full.

        Parameters
        ----------
        step : StepReport
        held_out_loss : float, optional
            Loss of the averaged weights on held-out images after this step, where measured.
        """
        now = self._of_step(step, held_out_loss)
        self.open = now if self.open is None else self.open.joined(now)
        if math.isfinite(step.loss):
            smoothed = (1 - NEWEST) * self.recent + NEWEST * step.loss
            self.recent = smoothed if self.recent else step.loss
        if step.step % self.window == 0:
            self.windows.append(self.open)
            self.open = None
        if len(self.windows) == MAX_LINES:
            pairs = zip(self.windows[::2], self.windows[1::2], strict=True)
            self.windows = [first.joined(second) for first, second in pairs]
            self.window *= 2

    def bands(self) -> list[str]:
        """The levels of each band, as words: ``1-20``."""
        levels = range(1, self.n_levels + 1)
        of_band = [(k - 1) * self.n_bands // self.n_levels for k in levels]
        first = [levels[of_band.index(band)] for band in range(self.n_bands)]
        last = [*(k - 1 for k in first[1:]), self.n_levels]
        return [f"{a}-{b}" for a, b in zip(first, last, strict=True)]

    def by_band(self, step: StepReport) -> tuple[list[float], list[int]]:
        """Sums of a step's losses in each band, and their number; none where it is not finite."""
        sums, counts = [0.0] * self.n_bands, [0] * self.n_bands
        bands = ((step.k - 1) * self.n_bands // self.n_levels).tolist()
        losses = step.loss_per_row.tolist()
        for band, loss in zip(bands, losses, strict=True) if is_finite(step) else ():
            sums[band] += loss
            counts[band] += 1
        return sums, counts

    def _of_step(self, step: StepReport, held_out_loss: float | None) -> Window:
        """A window of one step."""
        sums, counts = self.by_band(step)
        finite = is_finite(step)
        return Window(
            step=step.step,
            learning_rate=step.learning_rate,
            skipped=step.skipped,
            n=int(finite),
            loss=step.loss if finite else 0.0,
            norm=step.gradient_norm if finite else 0.0,
            sums=sums,
            counts=counts,
            held_out_loss=held_out_loss,
        )

    def to_text(self) -> str:
        """JSON lines, one per window; null where a window has no value."""
        windows = [*self.windows, *([self.open] if self.open else [])]
        return "".join(json.dumps(window.means(), allow_nan=False) + "\n" for window in windows)

    def state(self) -> str:
        """Everything needed to go on, as JSON."""
        return json.dumps(
            {
                "window": self.window,
                "recent": self.recent,
                "windows": [asdict(window) for window in self.windows],
                "open": asdict(self.open) if self.open else None,
            }
        )

    def restore(self, text: str) -> None:
        """Go on from a `state` of a history with as many levels."""
        saved = json.loads(text)
        self.window, self.recent = saved["window"], saved["recent"]
        self.windows = [Window(**fields) for fields in saved["windows"]]
        self.open = Window(**saved["open"]) if saved["open"] else None


def is_finite(step: StepReport) -> bool:
    """Whether a step's loss and gradient are finite."""
    return math.isfinite(step.loss) and math.isfinite(step.gradient_norm)
