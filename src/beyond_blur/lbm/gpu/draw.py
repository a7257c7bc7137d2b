"""Flows drawn on the machine: the random waves of many images, each from its own seed.

The numbers are those of :mod:`beyond_blur.lbm.turbulence`. NumPy's Philox counts: any of its bits
can be made alone, so a thread makes the phases of its mode and nothing is drawn on the host.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from beyond_blur.config import Velocity
from beyond_blur.lbm.gpu.machine import Machine
from beyond_blur.lbm.turbulence import amplitudes, derivative_numbers, outward_order

MODE = np.dtype([("forward", "c16", 2), ("backward", "c16", 2), ("removed", "f8", 2),
                 ("half", "f8"), ("position", "i4"), ("opposite", "i4")])  # fmt: skip
"""struct Mode of kernels/waves.cuh."""


ENERGY_THREADS = 256
"""Threads of a block that sums an image's energy, as in kernels/energy.cuh."""


def mode_table(
    shape: tuple[int, int], velocity: Velocity, forward: np.ndarray, backward: np.ndarray
) -> np.ndarray:
    """The modes of a grid as the kernels read them.

    Parameters
    ----------
    shape : (height, width)
    velocity : Velocity
    forward, backward : float64 or complex128 (h, w) or (2, h, w)
        Factors on the waves in key frames, of each component (x, y) or of both.

    Returns
    -------
    MODE (h, w)

    Raises
    ------
    ValueError
        If the velocity's band holds no mode of this grid.
    """
    table, position = np.zeros(shape, MODE), outward_order(shape)
    for name, factor in (("forward", forward), ("backward", backward)):
        table[name] = np.moveaxis(np.broadcast_to(factor, (2, *shape)), 0, -1)
    if velocity.divergence_free:
        k = derivative_numbers(shape)
        length = np.hypot(*k)
        table["removed"] = np.moveaxis(k / np.where(length > 0, length, 1.0), 0, -1)
    table["half"] = 0.5 * amplitudes(shape, velocity)
    table["position"] = position
    table["opposite"] = np.roll(position[::-1, ::-1], 1, axis=(0, 1))
    return table


def class_members(group: np.ndarray, order: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The modes of each class of one |n|, in an order that no layout changes.

    Parameters
    ----------
    group : int (cells,)
        Class of each mode of the grid.
    order : int (cells,)
        The mode at each place of the machine's table.

    Returns
    -------
    begin : int32 (m + 1,)
        Where each class begins among the members.
    members : int32 (cells,)
        Places in the machine's table, class by class.
    """
    place = np.empty(order.size, np.int32)
    place[order] = np.arange(order.size)
    begin = np.append(0, np.cumsum(np.bincount(group)))
    return begin.astype(np.int32), place[np.argsort(group, kind="stable")]


def philox_keys(seeds: np.ndarray) -> np.ndarray:
    """What ``numpy.random.Philox`` makes of each seed, uint64 (n, 2)."""
    keys = np.empty((len(seeds), 2), np.uint64)
    for key, seed in zip(keys, seeds, strict=True):
        key[:] = np.random.SeedSequence(int(seed)).generate_state(2, np.uint64)
    return keys


def draw_waves(machine: Machine, keys: Any, modes: Any, count: int) -> Any:
    """Waves of n images, complex64 (n, count, 2): modes of u^ + i v^ that turn either way.

    Parameters
    ----------
    machine : Machine
    keys : uint64 (n, 2), on the machine
        See :func:`philox_keys`.
    modes : MODE (count,) as bytes, on the machine
    count : int
    """
    n = len(keys)
    waves = machine.xp.empty((n, count, 2), np.complex64)
    machine.launch("draw_waves", (-(-n * count // 256), 1), 256,
                   (keys, modes, np.int32(n), np.int32(count), waves))  # fmt: skip
    return waves


def draw_energy(
    machine: Machine, keys: Any, modes: Any, begin: Any, members: Any, joint: bool
) -> tuple[Any, Any]:
    """Mean, float32 (n, 2), and swings, complex64 (n, 2, m) and conjugate, of n images' energy.

    Parameters
    ----------
    machine : Machine
    keys, modes
        As for :func:`draw_waves`.
    begin, members
        Of :func:`class_members`, on the machine.
    joint : bool
        Whether both components are scaled by one factor.
    """
    xp, n, m = machine.xp, len(keys), len(begin) - 1
    power, mean = xp.empty((n, 2, m), np.float64), xp.empty((n, 2), np.float32)
    swing = xp.empty((n, 2, m), np.complex64)
    machine.launch("class_energy", (-(-n * m // 128), 1), 128,
                   (keys, modes, begin, members, *map(np.int32, (n, m, joint)), power,
                    swing))  # fmt: skip
    machine.launch("mean_energy", (2 * n, 1), ENERGY_THREADS, (power, np.int32(m), mean))
    return mean, swing
