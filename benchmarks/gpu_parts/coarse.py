"""Whole trajectories of 128 px on pixels and over coarser lattices, in turns."""

from __future__ import annotations

import statistics
import time
from typing import Any

import numpy as np

import lbm_gpu as bench
from gpu_parts.context import Context

ROUNDS = 3


def run(context: Context) -> None:
    """One wave of images, and a training batch; in a dry run one image on the CPU."""
    if context.device == "cpu":
        from beyond_blur.lbm.cpu import coarse, solver

        context.attempt("CPU, batch 1", row, context, solver, coarse, 1, 16.0)
        return
    from beyond_blur.lbm.gpu import coarse_solver
    from beyond_blur.lbm.gpu import solver as gpu

    fault = coarse_solver.fault((128, 128), bench.CHANNELS, "mirror")
    context.add("self-test", fault or "right")
    for batch in (132, 32):
        context.attempt(f"batch {batch}", row, context, gpu, coarse_solver, batch, 128.0)


def row(
    context: Context, pixels: Any, coarser: Any, batch: int, sigma_max: float
) -> dict[str, float]:
    """Seconds of whole calls to the last level, flows and copies included, and the difference."""
    arguments = bench.problem_of(128, batch, sigma_max)
    solvers = {"pixels": pixels, "coarser lattices": coarser}
    spent: dict[str, list[float]] = {name: [] for name in solvers}
    with context.alone():
        for _ in range(1 + ROUNDS):  # the first compiles
            states = {}
            for name, solver in solvers.items():
                start = time.perf_counter()
                states[name] = solver.trajectories(*arguments)
                spent[name].append(time.perf_counter() - start)
    apart = np.abs(states["pixels"] - states["coarser lattices"]).max()
    seconds = {name: statistics.median(times[1:]) for name, times in spent.items()}
    return {
        **{f"s on {name}": each for name, each in seconds.items()},
        "times faster": seconds["pixels"] / seconds["coarser lattices"],
        "largest difference": float(apart),
    }
