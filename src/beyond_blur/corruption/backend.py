"""Which solver corrupts images here: reference, CPU, GPU, or the short cut for Pe = 0.

Where ``corruption.coarsen`` says so and the bound is shown to hold, the reference and the CPU take
late levels over coarser lattices (:mod:`beyond_blur.lbm.coarse`): solvers of their own names.

A :class:`Backend` is chosen once per run, for a trajectory and a shape of images; solvers, with
their compilers, are imported when they are first called.
"""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
import logging
from dataclasses import dataclass, replace
from typing import Any, Literal

from beyond_blur.config import Corruption, Walls
from beyond_blur.lbm.coarse.bound import objection
from beyond_blur.lbm.solver import Solver
from beyond_blur.lbm.trajectory import Trajectory

LOGGER = logging.getLogger("beyond_blur")

Name = Literal["reference", "reference-coarse", "diffusion", "cpu", "cpu-coarse", "gpu"]

MODULES: dict[Name, str] = {
    "reference": "beyond_blur.lbm.reference",
    "reference-coarse": "beyond_blur.lbm.coarse.reference",
    "diffusion": "beyond_blur.lbm.diffusion",
    "cpu": "beyond_blur.lbm.cpu.solver",
    "cpu-coarse": "beyond_blur.lbm.cpu.coarse",
    "gpu": "beyond_blur.lbm.gpu.solver",
}
"""Where each solver's ``trajectories`` is; "-coarse" goes over coarser lattices at late levels."""

COARSE: dict[Name, Name] = {"reference": "reference-coarse", "cpu": "cpu-coarse"}
"""What goes over coarser lattices instead of a solver; on the GPU nothing does yet."""

CUPY = ("cupy-cuda12x", "cupy-cuda13x", "cupy")
"""Names under which CuPy is installed."""

_announced: set[str] = set()
"""What was said of choices "auto": each line once in a process."""


@dataclass(frozen=True)
class Backend:
    """A solver that can run here.

    Attributes
    ----------
    name : str
        One of :data:`MODULES`.
    threads : int
        CPU threads it may use; they do not change the result.
    on_device : bool
        Whether it makes all of a state on a CUDA device, where there is one, so that
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
        if self.name.startswith("cpu"):
            return ("numpy", "numba")
        if self.name != "gpu":
            return ("numpy",)
        installed = {each.metadata["Name"] for each in importlib.metadata.distributions()}
        return ("numpy", *(name for name in CUPY if name in installed))

    def without_flow(self) -> Backend:
        """What takes the same images through pure diffusion, on the CPU."""
        if self.name.startswith("reference"):
            return replace(self, name="reference")
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
        return Backend(_coarser("reference", options, trajectory, shape), options.threads)
    if trajectory.peclet == 0:
        return Backend("diffusion", options.threads, on_device=wanted != "cpu")
    if trajectory.velocity.basis == "walls" and wanted != "cpu":
        if wanted == "gpu":
            raise RuntimeError(
                "corruption.backend 'gpu' has no flow of velocity.basis 'walls'; set "
                "corruption.backend to 'cpu' or 'auto'"
            )
        _announce("corruption.backend 'auto': solving on the CPU (velocity.basis 'walls')")
        wanted = "cpu"
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
    name = _coarser(wanted, options, trajectory, shape)
    return Backend(name, options.threads, name == "gpu" and trajectory.transport)


def _coarser(
    name: Name, options: Corruption, trajectory: Trajectory, shape: tuple[int, ...]
) -> Name:
    """What ``corruption.coarsen`` makes of a solver for such images."""
    if options.coarsen != "auto":
        return name
    reason = None if name in COARSE else f"backend {name!r}, which has none"
    reason = reason or objection(trajectory, (shape[-2], shape[-1]))
    where = f"no coarser lattices ({reason})" if reason else "late levels on coarser lattices"
    _announce(f"corruption.coarsen 'auto': {where}")
    return name if reason else COARSE[name]


def _announce(line: str) -> None:
    """Say something once in a process."""
    if line not in _announced:
        _announced.add(line)
        LOGGER.info("%s", line)


def _best(shape: tuple[int, ...], walls: Walls) -> Literal["cpu", "gpu"]:
    """What "auto" stands for here: the GPU where one can serve such images, else the CPU."""
    device, reason = _device(shape, walls)
    where = f"the CPU ({reason})" if device is None else f"the GPU ({device})"
    _announce(f"corruption.backend 'auto': solving on {where}")
    return "cpu" if device is None else "gpu"


def _device(shape: tuple[int, ...], walls: Walls) -> tuple[str | None, str]:
    """Name of the current CUDA device, or None and why it cannot be used."""
    gpu, reason = _solver()
    return _tried(gpu.device_number(), tuple(shape), walls) if gpu else (None, reason)


@functools.lru_cache(maxsize=1)
def _solver() -> tuple[Any, str]:
    """The GPU solver's module, or None and why it cannot be imported."""
    try:
        return importlib.import_module(MODULES["gpu"]), ""
    except Exception as error:  # CuPy's own, or of the folder that it wants to write when imported
        return None, " ".join(str(error).split())[:200] or type(error).__name__


@functools.lru_cache(maxsize=64)
def _tried(device: int, shape: tuple[int, ...], walls: Walls) -> tuple[str | None, str]:
    """:func:`_device` of the device of this number, which is the current one: one trial of each."""
    gpu, _ = _solver()
    reason = gpu.fault(shape[1:], shape[0], walls)
    return (None, reason) if reason else (gpu.device_name(), "")
