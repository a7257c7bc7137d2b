"""Races in shared memory, bad addresses, misused barriers: on small images and a cluster."""

from __future__ import annotations

import shutil
import subprocess
import sys

from gpu_parts.context import Context

SHAPES = {
    "racecheck": "[(16, 16), (33, 17)]",
    "memcheck": "[(16, 16), (33, 17), (256, 256)]",
    "synccheck": "[(16, 16), (256, 256)]",
}
"""Tools and the images they are tried on; each makes the solver many times slower."""

SOLVE = """
import numpy as np
from beyond_blur.config import Velocity
from beyond_blur.lbm.gpu import solver as gpu
from beyond_blur.lbm.trajectory import Trajectory
for shape in {shapes}:
    for walls in ("mirror", "periodic"):
        phi = np.random.default_rng(0).random((2, 3, *shape), np.float32) - 0.5
        way = Trajectory((0.0, 0.6, 1.5, 2.2), 0.3, Velocity(frame_spacing=2), walls=walls)
        keep = np.array([[3, 1], [2, 3]])
        out = gpu.trajectories(phi, np.full((2, 3), 9.5), way, np.arange(2), keep)
        assert np.isfinite(out).all()
print("ran")
"""


def run(context: Context) -> None:
    """All tools."""
    tool = shutil.which("compute-sanitizer")
    if context.device == "cpu" or tool is None:
        context.add("left out", "no compute-sanitizer")
        return
    for name, shapes in SHAPES.items():
        if context.left() > 10:
            context.attempt(name, checked, context, [tool, "--tool", name], shapes)


def checked(context: Context, tool: list[str], shapes: str) -> str:
    """The last words of a tool."""
    command = [*tool, sys.executable, "-c", SOLVE.format(shapes=shapes)]
    seconds = max(10.0, min(70.0, context.left() - 3))
    ran = subprocess.run(command, capture_output=True, text=True, timeout=seconds)
    return (ran.stdout + ran.stderr).strip()[-700:]
