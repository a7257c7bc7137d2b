"""Flows between walls (``velocity.basis = walls``): what they need, and who has one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from beyond_blur.config.options import Corruption, Velocity, Walls

NOT_ON_THE_GPU = (
    "velocity.basis = walls is not solved on the GPU: set corruption.backend to cpu or auto"
)


def wall_problem(velocity: Velocity, walls: Walls) -> str | None:
    """Why there is no such flow at such walls, or None where there is."""
    if velocity.basis != "walls":
        return None
    if walls != "mirror":
        return f"velocity.basis = walls needs corruption.walls = mirror, not {walls}"
    if velocity.flow != "turbulence":
        return (
            "velocity.basis = walls is of random flows: leave it out beside "
            f"velocity.flow = {velocity.flow}"
        )
    return None


def velocities(processes: Iterable[object]) -> Iterator[Velocity]:
    """The flows of those processes that have one."""
    for process in processes:
        velocity = getattr(process, "velocity", None)
        if isinstance(velocity, Velocity):
            yield velocity


def has_walled_flow(process: object) -> bool:
    """Whether a process has a flow between walls, which no GPU solves."""
    return any(velocity.basis == "walls" for velocity in velocities([process]))


def wall_problems(processes: Iterable[object], corruption: Corruption) -> Iterator[str]:
    """Lines of :func:`wall_problem` for the flows of processes, and of a GPU that is asked for."""
    for velocity in velocities(processes):
        problem = wall_problem(velocity, corruption.walls)
        if problem is not None:
            yield problem
        elif velocity.basis == "walls" and corruption.backend == "gpu":
            yield NOT_ON_THE_GPU
