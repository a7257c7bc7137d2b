"""Which solver corrupts images here: reference, CPU, GPU, or the short cut for Pe = 0."""

from __future__ import annotations

import functools
import importlib
import sys
from collections.abc import Callable

import numpy as np

from beyond_blur.config import Corruption

MODULES = {
    "reference": "beyond_blur.lbm.reference",
    "diffusion": "beyond_blur.lbm.diffusion",
    "cpu": "beyond_blur.lbm.cpu.solver",
    "gpu": "beyond_blur.lbm.gpu.solver",
}
"""Where each solver's ``trajectories`` is."""


def stays_on_device(
    options: Corruption, peclet: float, shape: tuple[int, ...], transport: bool = True
) -> bool:
    """Whether the GPU solver makes all of a state, so that :func:`corrupt_on_device` can.

    Arguments and errors are those of :func:`solver_name`.
    """
    return transport and solver_name(options, peclet, shape) == "gpu"


def solver_name(options: Corruption, peclet: float, shape: tuple[int, ...]) -> str:
    """Which of the solvers of `lbm` runs here: reference, cpu, gpu, or diffusion where Pe = 0.

    Parameters
    ----------
    options : Corruption
        Backend and walls.
    peclet : float
    shape : (channels, height, width)

    Raises
    ------
    RuntimeError
        If the backend cannot run here.
    """
    return solver(options, peclet, shape).__module__.split(".")[2]


def solver(options: Corruption, peclet: float, shape: tuple[int, ...]) -> Callable[..., np.ndarray]:
    """The ``trajectories`` of a backend, imported only now; Pe = 0 has its own short cut.

    Arguments and errors are those of :func:`solver_name`.
    """
    backend: str = options.backend
    if peclet == 0 and backend != "reference":
        return importlib.import_module(MODULES["diffusion"]).trajectories
    if backend == "auto":
        backend = _best_backend(shape, options.walls)
    if backend == "gpu":
        device, reason = _device(shape, options.walls)
        if device is None:
            raise RuntimeError(
                f"corruption.backend 'gpu' cannot run here ({reason}); it needs a CUDA device and "
                "cupy-cuda12x: where it cannot have them, set corruption.backend to 'cpu'"
            )
    return importlib.import_module(MODULES[backend]).trajectories


@functools.lru_cache(maxsize=16)
def _best_backend(shape: tuple[int, ...], walls: str) -> str:
    """What "auto" stands for here: the GPU where one can serve such images, else the CPU."""
    device, reason = _device(shape, walls)
    _say(f"the CPU ({reason})" if device is None else f"the GPU ({device})")
    return "cpu" if device is None else "gpu"


@functools.lru_cache(maxsize=16)
def _say(where: str) -> None:
    """Once."""
    print(f"corruption.backend 'auto': solving on {where}", file=sys.stderr, flush=True)


def _device(shape: tuple[int, ...], walls: str) -> tuple[str | None, str]:
    """Name of the CUDA device, or None and why none can be used."""
    try:
        gpu = importlib.import_module("beyond_blur.lbm.gpu.solver")
    except ImportError as error:
        return None, str(error)
    reason = gpu.fault(shape[1:], shape[0], walls)
    return (None, reason) if reason else (gpu.device_name(), "")
