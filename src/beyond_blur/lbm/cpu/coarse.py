"""Trajectories over coarser lattices on CPU threads: the kernels of every lattice are the same."""

from __future__ import annotations

import functools

import numpy as np

from beyond_blur.config import Velocity
from beyond_blur.lbm.coarse.flow import coarse_energy, coarse_modes, wall_share
from beyond_blur.lbm.coarse.following import follow
from beyond_blur.lbm.coarse.plan import Plan, Stretch, plan
from beyond_blur.lbm.cpu.key_frames import FlowTables, Modes, shared_modes
from beyond_blur.lbm.cpu.slab_run import KernelInputs, StepParts
from beyond_blur.lbm.cpu.solver import (
    OneImage,
    Problem,
    Runner,
    flow_tables,
    in_tasks,
    pixel_problem,
    step_parts,
    team_size,
)
from beyond_blur.lbm.trajectory import Trajectory
from beyond_blur.lbm.turbulence import energy, random_modes


def cell_problem(shape: tuple[int, int], trajectory: Trajectory, factor: int) -> Problem:
    """The problem of images (h, w) on cells of ``factor`` x ``factor`` pixels.

    The flow is made anew at every step; the same speed is ``factor`` times as many coarse cells
    per coarse step.
    """
    velocity = trajectory.velocity
    limit, mirror = velocity.speed_limit * factor, trajectory.walls == "mirror"
    modes = _modes(shape, velocity, factor)
    return Problem(trajectory.walls, None, KernelInputs(limit, 1, modes, False, mirror))


@functools.lru_cache(maxsize=8)
def _modes(shape: tuple[int, int], velocity: Velocity, factor: int) -> Modes:
    none = random_modes(shape, velocity, np.zeros(0, np.int64))
    coarse, energies = coarse_modes(none, factor), coarse_energy(energy(none), factor)
    return shared_modes(coarse.omega, energies, none.joint, wall_share(factor))


class Lattices:
    """The lattices that the images of a task pass through, and their flows on each.

    Parameters
    ----------
    ways : Plan
    problems : dict of int to Problem
        By the factor of the lattice.
    trajectory : Trajectory
    shape : (channels, height, width)
    seeds : int (n,)
        Of the images' flows.
    threads : int
        Threads that share an image of pixels; coarser ones may be worth fewer.
    """

    def __init__(
        self, ways: Plan, problems: dict[int, Problem], trajectory: Trajectory,
        shape: tuple[int, int, int], seeds: np.ndarray, threads: int,
    ) -> None:  # fmt: skip
        channels, h, w = shape
        self.ways, self.peclet, self.size = ways, trajectory.peclet, max(h, w)
        modes = random_modes((h, w), trajectory.velocity, seeds)
        energies = energy(modes)
        self.flows: dict[int, list[FlowTables]] = {}
        self.runners: dict[int, Runner] = {}
        for factor, problem in problems.items():
            coarse = (h // factor, w // factor)
            own, own_energies = modes, energies
            if factor > 1:
                own, own_energies = coarse_modes(modes, factor), coarse_energy(energies, factor)
            self.flows[factor] = flow_tables(own, own_energies, problem.inputs)
            each = team_size(coarse, 1, threads)
            self.runners[factor] = Runner(problem, (channels, *coarse), each)

    def run(self, i: int, start: np.ndarray, levels: np.ndarray) -> np.ndarray:
        """States (m, c, h, w) of image i, ``start`` (c, h, w), at rising levels, from 1 on."""

        def steps(stretch: Stretch, phi: np.ndarray, parts: list[int]) -> list[np.ndarray]:
            runner, flow = self.runners[stretch.factor], self.flows[stretch.factor][i]
            made = runner.run(phi.astype(np.float32), np.array(parts), self._parts(stretch), flow)
            return list(made)

        states = follow(self.ways, start, levels, steps)
        return np.stack([states[int(k)] for k in levels]) if len(levels) else start[:0, None]

    def _parts(self, stretch: Stretch) -> StepParts:
        return step_parts(stretch, stretch.first, self.peclet, self.size // stretch.factor)


def trajectories(
    phi: np.ndarray, background: np.ndarray, trajectory: Trajectory, seeds: np.ndarray,
    keep: np.ndarray, threads: int = 1,
) -> np.ndarray:  # fmt: skip
    """States at the wanted levels, float32 (n, m, c, h, w); see `beyond_blur.lbm.solver.Solver`.

    The flow is a random one, and walls are mirrors.
    """
    n, channels, h, w = phi.shape
    ways, each = plan(trajectory.schedule, (h, w)), team_size((h, w), n, threads)
    problems = {1: pixel_problem((h, w), trajectory)}
    for stretch in ways.trunk[1:]:
        problems[stretch.factor] = cell_problem((h, w), trajectory, stretch.factor)

    def prepare(seeds: np.ndarray) -> OneImage:
        return Lattices(ways, problems, trajectory, (channels, h, w), seeds, each).run

    return in_tasks(phi, background, seeds, keep, threads, prepare)
