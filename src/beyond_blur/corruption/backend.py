"""Which solver corrupts images here: reference, CPU, GPU, or the short cut for Pe = 0.

A :class:`Backend` is chosen once per run, for a trajectory and a shape of images; solvers, with
their compilers, are imported when they are first called.
"""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
import logging
from dataclasses import dataclass, replace
from typing import Literal

from beyond_blur.config import Corruption, Walls
from beyond_blur.lbm.solver import Solver
from beyond_blur.lbm.trajectory import Trajectory

LOGGER = logging.getLogger("beyond_blur")

Name = Literal["reference", "diffusion", "cpu", "gpu"]

MODULES: dict[Name, str] = {
    "reference": "beyond_blur.lbm.reference",
    "diffusion": "beyond_blur.lbm.diffusion",
    "cpu": "beyond_blur.lbm.cpu.solver",
    "gpu": "beyond_blur.lbm.gpu.solver",
}
"""Where each solver's ``trajectories`` is."""

CUPY = ("cupy-cuda12x", "cupy-cuda13x", "cupy")
"""Names under which CuPy is installed."""

_announced: set[str] = set()
"""What was said of the choice "auto": each line once in a process."""


@dataclass(frozen=True)
class Backend:
    """A solver that can run here.

    Attributes
    ----------
    name : "reference", "diffusion", "cpu" or "gpu"
    threads : int
        CPU threads it may use; they do not change the result.
    on_device : bool
        Whether it makes all of a state on a CUDA device, so that
        :func:`beyond_blur.corruption.states.corrupt_on_device` can leave it there.
    """

    name: Name
    threads: int = 1
    on_device: bool = False

    @property
    def trajectories(self) -> Solver:
        """The solver itself, imported only now."""
        solver: Solver = importlib.import_module(MODULES[self.name]).trajectories
        return solver

    @property
    def packages(self) -> tuple[str, ...]:
        """The installed packages whose versions can change what the solver makes."""
        if self.name == "cpu":
            return ("numpy", "numba")
        if self.name != "gpu":
            return ("numpy",)
        installed = {each.metadata["Name"] for each in importlib.metadata.distributions()}
        return ("numpy", *(name for name in CUPY if name in installed))

    def without_flow(self) -> Backend:
        """What takes the same images through pure diffusion."""
        if self.name == "reference":
            return self
        return replace(self, name="diffusion", on_device=False)


def choose(options: Corruption, trajectory: Trajectory, shape: tuple[int, ...]) -> Backend:
    """The solver that a configuration asks for, where it can run. To be asked once per run.

    Parameters
    ----------
    options : Corruption
        Backend and threads.
    trajectory : Trajectory
        Pe = 0 has its own short cut.
    shape : (channels, height, width)

    Raises
    ------
    RuntimeError
        If the backend cannot run here.
    """
    wanted, walls = options.backend, trajectory.walls
    if wanted == "reference":
        return Backend("reference", options.threads)
    if trajectory.peclet == 0:
        return Backend("diffusion", options.threads)
    if wanted == "auto":
        wanted = _best(tuple(shape), walls)
    elif wanted == "gpu":
        device, reason = _device(shape, walls)
        if device is None:
            raise RuntimeError(
                f"corruption.backend 'gpu' cannot run here ({reason}); it needs a CUDA device and "
                "CuPy (cupy-cuda12x or cupy-cuda13x, for the driver's CUDA 12 or 13): where it "
                "cannot have them, set corruption.backend to 'cpu'"
            )
    return Backend(wanted, options.threads, wanted == "gpu" and trajectory.transport)


@functools.lru_cache(maxsize=16)
def _best(shape: tuple[int, ...], walls: Walls) -> Literal["cpu", "gpu"]:
    """What "auto" stands for here: the GPU where one can serve such images, else the CPU."""
    device, reason = _device(shape, walls)
    where = f"the CPU ({reason})" if device is None else f"the GPU ({device})"
    if where not in _announced:
        _announced.add(where)
        LOGGER.info("corruption.backend 'auto': solving on %s", where)
    return "cpu" if device is None else "gpu"


def _device(shape: tuple[int, ...], walls: Walls) -> tuple[str | None, str]:
    """Name of the CUDA device, or None and why none can be used."""
    try:
        gpu = importlib.import_module(MODULES["gpu"])
    except Exception as error:  # CuPy's own, or of the folder that it wants to write when imported
        return None, " ".join(str(error).split())[:200] or type(error).__name__
    reason = gpu.fault(shape[1:], shape[0], walls)
    return (None, reason) if reason else (gpu.device_name(), "")
