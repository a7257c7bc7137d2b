"""What other parts would wait for, made meanwhile: the CPU solver, kernels, a compiled network."""

from __future__ import annotations

import time
from typing import Any

from gpu_parts.context import Context
from gpu_parts.device_tests import TRIALS
from gpu_parts.quiet import compiling

LAWS = (((8, 8), 3), ((16, 16), 3), ((15, 20), 3), ((33, 17), 3), ((32, 32), 3), ((3, 50), 3))
"""Shapes that the laws of the solver are held to."""


def run(context: Context) -> None:
    """Into the caches on disk of Numba and CuPy."""
    with compiling(context):
        context.attempt("solver on the CPU", solver_on_cpu)
        if context.device == "cuda":
            context.attempt("kernels", kernels)


def solver_on_cpu() -> dict[str, Any]:
    """Compile the CPU solver, which the trial of the GPU's compares with."""
    import numpy as np

    from beyond_blur.config import Levels, Velocity
    from beyond_blur.config.blur_widths import blur_widths
    from beyond_blur.lbm.cpu import solver
    from beyond_blur.lbm.trajectory import Trajectory

    way = Trajectory(tuple(blur_widths(Levels(n_levels=8, sigma_max=3.0))), 0.1, Velocity())
    phi, keep = np.random.default_rng(0).random((2, 3, 16, 16), np.float32), np.full((2, 1), 8)
    start = time.perf_counter()
    states = solver.trajectories(phi, np.full((2, 3), 10.0), way, np.arange(2), keep)
    spent = time.perf_counter() - start
    return {"s, compilation included": spent, "finite": bool(np.isfinite(states).all())}


def kernels() -> int:
    """Compile the kernels of the trial and of the laws; how many."""
    import cupy

    from beyond_blur.lbm.gpu import solver as gpu

    made = 0
    for shape, channels in dict.fromkeys((*TRIALS, *LAWS)):
        for walls in ("mirror", "periodic"):
            placed = gpu.layout_on(cupy.cuda.Device(), shape, channels)
            gpu.Cuda(placed, walls).module.get_function("advance")
            made += 1
    return made
