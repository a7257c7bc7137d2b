"""A batch: named tensors with one first axis, and how rows on file become one."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

Batch = Mapping[str, Tensor]
"""Tensors by their names in the files a process trains on and starts from, one first axis n.

``images``, (n, c, h, w) in [0, 1], for all processes but that of a flow. That one trains on
``x_k`` and ``x_previous``, (n, c, h, w), states of one flow at level k and the level below, and
``k``, int64 (n,); it starts from ``terminal``, (n, c, h, w), states at level K."""


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
    return as_values({name: values[rows] for name, values in source.items()})


def as_values(stored: Batch) -> dict[str, Tensor]:
    """Rows as they lie on file as a batch, where they are: the same bits on every device.

    Parameters
    ----------
    stored : mapping of str to tensor
        Half precision becomes float32, bytes become grey values in [0, 1]; other types stay.

    Returns
    -------
    dict of str to tensor
    """
    batch = {}
    for name, values in stored.items():
        if values.dtype == torch.uint8:
            # By a number on a GPU torch multiplies with the reciprocal, which rounds otherwise.
            values = values.float() / torch.full((), 255.0, device=values.device)
        batch[name] = values.float() if values.is_floating_point() else values
    return batch
