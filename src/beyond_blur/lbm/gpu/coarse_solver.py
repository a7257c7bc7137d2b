"""Trajectories over coarser lattices on a GPU, through CuPy."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import cupy
import numpy as np

from beyond_blur.config import Walls
from beyond_blur.lbm.cpu import coarse as cpu
from beyond_blur.lbm.gpu import solver
from beyond_blur.lbm.gpu.chunks import Work
from beyond_blur.lbm.gpu.coarse import OverLattices
from beyond_blur.lbm.gpu.lattices import make_lattices
from beyond_blur.lbm.gpu.layout import Layout
from beyond_blur.lbm.gpu.machine import Machine
from beyond_blur.lbm.gpu.self_test import coarse_trial, self_test
from beyond_blur.lbm.trajectory import Trajectory


@functools.lru_cache(maxsize=8)
def _work(device: int, shape: tuple[int, int], channels: int, trajectory: Trajectory) -> Work:
    """Steps and tables of images (h, w), on the device; the last 8 are kept."""

    def on(cells: tuple[int, int]) -> tuple[Layout, Machine]:
        placed = solver.layout_on(cupy.cuda.Device(device), cells, channels)
        return placed, solver.machine_for(placed, trajectory.walls, device)

    return OverLattices(make_lattices(shape, channels, trajectory, on))


ROUTE = solver.Route(_work, cpu.trajectories)
"""Late levels on coarser lattices."""


def fault(shape: tuple[int, int], channels: int, walls: Walls) -> str | None:
    """Why the solver cannot serve images of a shape here, or None if it can.

    A short self-test against the CPU's solver over coarser lattices, once per shape and device;
    :func:`beyond_blur.lbm.gpu.solver.fault` is to be asked before.
    """
    return solver.fault_of(_self_test, shape, channels, walls)


@functools.lru_cache(maxsize=16)
def _self_test(device: int, shape: tuple[int, int], channels: int, walls: Walls) -> str | None:
    return self_test(trajectories, coarse_trial(shape), shape, channels)


def trajectories(
    phi: np.ndarray, background: np.ndarray, trajectory: Trajectory, seeds: np.ndarray,
    keep: np.ndarray, threads: int = 1,
) -> np.ndarray:  # fmt: skip
    """States at the wanted levels, float32 (n, m, c, h, w); see `beyond_blur.lbm.solver.Solver`.

    As :func:`beyond_blur.lbm.gpu.solver.trajectories`, for a random flow between mirrors.
    """
    return solver.trajectories(phi, background, trajectory, seeds, keep, threads, ROUTE)


def states_on_device(
    phi: np.ndarray, background: np.ndarray, trajectory: Trajectory, seeds: np.ndarray,
    keep: np.ndarray, threads: int = 1, consumer: int = 0,
    finish: Callable[[Any, np.ndarray, Any], Any] = lambda xp, rows, states: states,
) -> solver.DeviceStates:  # fmt: skip
    """The states of :func:`trajectories` left on the device, queued and not waited for.

    See :func:`beyond_blur.lbm.gpu.solver.states_on_device`.
    """
    return solver.states_on_device(
        phi, background, trajectory, seeds, keep, threads, consumer, finish, ROUTE
    )
