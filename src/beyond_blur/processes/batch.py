"""Rows of a batch."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor


def take_rows(source: Mapping[str, Tensor], rows: Tensor) -> dict[str, Tensor]:
    """Some rows as a batch: half precision becomes float32, bytes become grey values in [0, 1]."""
    batch = {}
    for name, values in source.items():
        chosen = values[rows]
        if chosen.dtype == torch.uint8:
            chosen = chosen.float() / 255
        batch[name] = chosen.float() if chosen.is_floating_point() else chosen
    return batch
