"""Dropout whose masks belong to the whole batch, whoever computes which rows of it."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Dropout(nn.Dropout):
    """Dropout; where processes share a batch, each takes its rows of the whole batch's mask.

    torch's own draws other masks on a GPU for a part of a batch than for the whole.

    Attributes
    ----------
    n_rows, part : int and slice
        Rows of the whole batch, and those of this process; 0: the batch is not shared.
    """

    n_rows: int = 0
    part: slice = slice(None)

    def forward(self, x: Tensor) -> Tensor:
        """(n, c, h, w) to the same."""
        if not (self.training and self.p):
            return x
        # Scaled after, not in the mask: bfloat16 rounds 1 / (1 - p) by up to 0.2 %.
        return x * self._kept(x) / (1 - self.p)

    def _kept(self, x: Tensor) -> Tensor:
        """Which values are kept, bool: a byte for each is all that the backward pass holds."""
        shape = (self.n_rows or len(x), *x.shape[1:])
        # On a CPU always in one order, which the bits of a run hang on; on a GPU in that of x.
        last = not x.is_cuda or x.is_contiguous(memory_format=torch.channels_last)
        layout = torch.channels_last if last else torch.contiguous_format
        kept = torch.empty(shape, dtype=torch.bool, device=x.device, memory_format=layout)
        kept = kept.bernoulli_(1 - self.p)
        # A copy: a view would hold the whole batch's.
        return kept[self.part].clone() if self.n_rows else kept


def share_dropout(model: nn.Module, n_rows: int, part: slice) -> None:
    """Make a network drop what it would drop if it saw the whole batch.

    Parameters
    ----------
    model : nn.Module
    n_rows : int
        Rows of the global batch.
    part : slice
        Those that this process computes.
    """
    for module in model.modules():
        if isinstance(module, Dropout):
            module.n_rows, module.part = n_rows, part
