"""What every solver is: one call that takes images to their wanted levels, and what it leaves."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from beyond_blur.lbm.trajectory import Trajectory


class Solver(Protocol):
    """The ``trajectories`` of `reference`, `diffusion`, `cpu.solver` and `gpu.solver`."""

    def __call__(
        self,
        phi: np.ndarray,
        background: np.ndarray,
        trajectory: Trajectory,
        seeds: np.ndarray,
        keep: np.ndarray,
        threads: int = 1,
    ) -> np.ndarray:
        """States of phi + background at the wanted levels, minus background.

        Parameters
        ----------
        phi : float32 (n, c, h, w)
            Deviation from the background; small values keep small rounding errors.
        background : float (n, c)
            The constant carried along with each channel.
        trajectory : Trajectory
            Levels, flow and walls. ``transport`` and the stability check are the caller's.
        seeds : int (n,)
            Seed of each image's flow.
        keep : int (n, m)
            Levels wanted of each image, in any order; each image runs up to its largest.
        threads : int
            CPU threads to use; they do not change the result.

        Returns
        -------
        float32 (n, m, c, h, w); float64 from the reference

        Raises
        ------
        ValueError
            If the solver has no such flow (`diffusion`), or images are too wide (`gpu.solver`).
        """
        ...


class StatesOnDevice(Protocol):
    """States float32 (n, m, c, h, w) left on a CUDA device, queued and perhaps not done yet."""

    def to_torch(self) -> Any:
        """The same memory as a torch tensor; torch's current stream waits until it is filled."""
        ...
