"""Notices the level at which samples stop being finite, without waiting for a device at each."""

from __future__ import annotations

import torch
from torch import Tensor

from beyond_blur import finite
from beyond_blur.processes.noise import Noise, SampleNoise

DIVERGED = (
    "the network's weights diverged; lower training.learning_rate and train again (or lower the "
    "noise delta, where it was raised)"
)
"""Why samples are not finite although their initial states were, and what to do."""


class LevelWatch:
    """What is looked at on the way back through the levels.

    On the CPU the first level that is not finite ends the way. On a device a look is queued like
    any other work, and its answer is asked for once, by `settle`.

    Parameters
    ----------
    x_K : float tensor, shape (n, c, h, w)
        Initial states.
    noise : Noise
        Says which samples the rows are.
    """

    def __init__(self, x_K: Tensor, noise: Noise) -> None:
        self.noise = noise
        self.waits = x_K.device.type == "cpu"
        self.level = torch.full((len(x_K),), -1, dtype=torch.int64, device=x_K.device)

    def look(self, k: int, x: Tensor) -> None:
        """Take note of the states (n, c, h, w) at level ``k``.

        Raises
        ------
        NotFinite
            On the CPU, as `settle` does.
        """
        if self.waits and finite.is_finite(x):
            return
        bad = ~torch.isfinite(x).flatten(1).all(1)
        self.level = torch.where(bad & (self.level < 0), k, self.level)
        if self.waits:
            self.settle()

    def settle(self) -> None:
        """Refuse samples that were not finite at some level.

        Raises
        ------
        NotFinite
            With the first such level, and the samples.
        """
        found = self.level.tolist()
        k = max(found)
        if k >= 0:
            rows = [sample_name(self.noise, row) for row, at in enumerate(found) if at == k]
            raise finite.refusal("samples", rows, DIVERGED, f" at level {k}")


def sample_name(noise: Noise, row: int) -> str:
    """What a row of a batch is called: the sample, where the rows have noise of their own."""
    if isinstance(noise, SampleNoise) and len(set(noise.samples)) == len(noise.samples):
        return f"sample {noise.samples[row]} of seed {noise.seed}"
    return f"row {row} of the batch"
