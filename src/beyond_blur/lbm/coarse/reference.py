"""Trajectories over coarser lattices in float64 NumPy: the truth the compiled ones are held to."""

from __future__ import annotations

import numpy as np

from beyond_blur.lbm.coarse.flow import CoarseFlow
from beyond_blur.lbm.coarse.following import follow
from beyond_blur.lbm.coarse.plan import Stretch, plan
from beyond_blur.lbm.key_frames import Flow
from beyond_blur.lbm.reference import run_steps
from beyond_blur.lbm.trajectory import Trajectory


def trajectories(
    phi: np.ndarray, background: np.ndarray, trajectory: Trajectory, seeds: np.ndarray,
    keep: np.ndarray, threads: int = 1,
) -> np.ndarray:  # fmt: skip
    """States at the wanted levels, float64 (n, m, c, h, w).

    See `beyond_blur.lbm.solver.Solver`; the flow is a random one, walls are mirrors, and
    ``threads`` is not used.
    """
    shape = (phi.shape[-2], phi.shape[-1])
    base = np.asarray(background, np.float64)[:, :, None, None]
    spacing, ways = trajectory.frame_spacing(shape), plan(trajectory.schedule, shape)
    out = np.empty((*keep.shape, *phi.shape[1:]))
    for i, levels in enumerate(keep):
        fine = Flow(shape, trajectory.velocity, int(seeds[i]), spacing)
        flows = {s.factor: CoarseFlow(fine, s.factor) for s in ways.trunk[1:]} | {1: fine}

        def run(stretch: Stretch, phi: np.ndarray, parts: list[int]) -> list[np.ndarray]:
            flow = flows[stretch.factor]  # noqa: B023 (called in this turn of the loop only)
            states = run_steps(phi, stretch, stretch.first, trajectory, flow, parts)
            return [states[part] for part in parts]

        states = follow(ways, phi[i].astype(np.float64) + base[i], levels, run)
        out[i] = np.stack([states[int(k)] for k in levels]) - base[i]
    return out
