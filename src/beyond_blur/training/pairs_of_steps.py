"""What one call of the solver is asked for and makes: pairs of consecutive training steps."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from beyond_blur.lbm.solver import StatesOnDevice

Batch = dict[str, Tensor]


class Asked(NamedTuple):
    """Rows ``first`` to ``last`` - 1 of ``n_steps`` steps from ``start`` on: one call's work."""

    start: int
    n_steps: int
    first: int
    last: int

    @property
    def steps(self) -> range:
        """Numbers of the steps."""
        return range(self.start, self.start + self.n_steps)


class Made(NamedTuple):
    """What became of a call: states, and the levels of each step."""

    asked: Asked
    states: Tensor | StatesOnDevice  # tensor (2, n, c, h, w); on a device (n, 2, c, h, w)
    levels: list[np.ndarray]

    def batch(self, step: int) -> Batch:
        """The batch of a step; on a device the caller's stream waits for it, the caller does not.

        Pairs from a device are copied: the solver's memory is free again once all are.
        """
        place, n = step - self.asked.start, self.asked.last - self.asked.first
        rows = slice(place * n, (place + 1) * n)
        if isinstance(self.states, Tensor):
            x_k, x_previous = self.states[:, rows]
        else:
            x_k, x_previous = self.states.to_torch()[rows].unbind(1)
        return {
            "x_k": x_k.contiguous(), "x_previous": x_previous.contiguous(),
            "k": torch.from_numpy(self.levels[place].copy()),
        }  # fmt: skip
