"""Between pixels and coarser cells on the machine: the maps of :mod:`beyond_blur.lbm.coarse.grid`.

Sums have one order whatever the number of images, which a library's matrix products need not have.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from beyond_blur.lbm.coarse.grid import upwards
from beyond_blur.lbm.gpu.layout import Layout
from beyond_blur.lbm.gpu.machine import Machine


def to_cells(machine: Machine, state: Any, fine: Layout, coarse: Layout) -> Any:
    """Means over the cells of a coarser layout.

    Parameters
    ----------
    machine : Machine
    state : float32 (n, c, h, pitch)
        In the layout ``fine``.
    fine, coarse : Layout

    Returns
    -------
    float32 (n, c, h / factor, pitch of the coarser layout)
    """
    xp, factor, field = machine.xp, fine.width // coarse.width, state[..., : fine.width]
    total = xp.zeros((*state.shape[:2], coarse.height, coarse.width), np.float64)
    for y in range(factor):
        for x in range(factor):
            total += field[..., y::factor, x::factor]
    return _padded(xp, total / factor**2, coarse)


def to_pixels(machine: Machine, cells: Any, fine: Layout) -> Any:
    """The states, in the layout ``fine``, whose cell means are ``cells`` (n, c, h, w).

    Returns
    -------
    float32 (n, c, fine height, fine pitch)
    """
    xp, (n, c, h, w) = machine.xp, cells.shape
    factor = fine.width // w
    up_y, up_x = xp.asarray(upwards(h, factor)), xp.asarray(upwards(w, factor).T.copy())
    tall = _product(machine, up_y, cells.astype(np.float64).reshape(n * c, h, w))
    wide = _product(machine, tall, up_x)
    return _padded(xp, wide.reshape(n, c, fine.height, fine.width), fine)


def _padded(xp: Any, field: Any, placed: Layout) -> Any:
    """A field (n, c, h, w) as the step kernel reads it, with zeros in the columns that pad rows."""
    state = xp.zeros((*field.shape[:3], placed.pitch), np.float32)
    state[..., : placed.width] = field
    return state


def _product(machine: Machine, left: Any, right: Any) -> Any:
    """Products of planes (p, n, m) and (p, m, k); a matrix without planes is that of all."""
    (n, m), k = left.shape[-2:], right.shape[-1]
    planes = (left if left.ndim == 3 else right).shape[0]
    apart = [np.int32(x.shape[-2] * x.shape[-1] if x.ndim == 3 else 0) for x in (left, right)]
    blocks = -(-n * k // 256)
    out = machine.xp.empty((planes, n, k), np.float64)
    machine.launch("products", (planes * blocks, 1), 256,
                   (left, right, *apart, *map(np.int32, (n, m, k, blocks)), out))  # fmt: skip
    return out
