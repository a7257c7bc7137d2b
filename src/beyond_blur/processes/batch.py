"""A batch: named tensors with one first axis, and how rows on file become one."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

Batch = Mapping[str, Tensor]
"""Tensors by their names in the files a process trains on: ``images``, or ``x_k``, ``k``, ..."""


def take_rows(source: Mapping[str, Tensor], rows: Tensor) -> dict[str, Tensor]:
    """Some rows as a batch: half precision becomes float32, bytes become grey values in [0, 1].

    Parameters
    ----------
    source : mapping of str to tensor
        Arrays as they lie on file, all with the same first axis.
    rows : int64 tensor, shape (n,)
        Which of them, in this order.

    Returns
    -------
    dict of str to tensor, first axis n
    """
    batch = {}
    for name, values in source.items():
        chosen = values[rows]
        if chosen.dtype == torch.uint8:
            chosen = chosen.float() / 255
        batch[name] = chosen.float() if chosen.is_floating_point() else chosen
    return batch
