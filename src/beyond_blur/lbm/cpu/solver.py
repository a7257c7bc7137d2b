"""Trajectories of the memoryless scheme on CPU threads.

With as many images as threads, each image is run by one thread. Threads that would be idle form
teams: an image is divided into horizontal slabs with halos several rows deep, one for each thread
(:mod:`beyond_blur.lbm.cpu.slabs`), and the threads make its key frames in turns, each a whole one.
A cell is computed from the same numbers in the same order either way, so a trajectory depends
neither on its batch nor on the number of threads.
"""

from __future__ import annotations

import functools
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, Protocol

import numpy as np

from beyond_blur.config import Velocity, Walls
from beyond_blur.lbm.cpu.barrier import Team, new_team, run_together
from beyond_blur.lbm.cpu.key_frames import (
    FlowTables,
    Modes,
    empty_frames,
    energy_tables,
    frame_scratch,
    mode_tables,
    shared_modes,
)
from beyond_blur.lbm.cpu.phases import own_phases
from beyond_blur.lbm.cpu.slab_run import (
    ImageState,
    KernelInputs,
    StepParts,
    ThreadScratch,
    run_slab,
)
from beyond_blur.lbm.cpu.slabs import Slab, most_slabs, slabs
from beyond_blur.lbm.cpu.strips import GHOST, aligned, pack, plane_size
from beyond_blur.lbm.cpu.vector_width import GROUP
from beyond_blur.lbm.flows import draw
from beyond_blur.lbm.levels import Steps
from beyond_blur.lbm.single_precision import split_background
from beyond_blur.lbm.trajectory import Trajectory
from beyond_blur.lbm.turbulence import Energy, RandomModes, steady_field
from beyond_blur.lbm.units import rms_speed

TASK_CELLS = 2**14
"""Pixels of the images whose flows are drawn together, by one thread before it runs them.

A choice: more would spread the costs of a call to NumPy over more images; their modes, 64 bytes a
pixel, should stay in a core's second-level cache (1 MiB).
"""


TASKS_PER_THREAD = 4
"""Fewest tasks for each thread where there are images enough.

A choice: with fewer, threads idle while the last ones finish.
"""


class Problem(NamedTuple):
    """What every image of a call shares on one lattice."""

    walls: Walls
    steady: np.ndarray | None  # (2, h, w), of a flow without randomness
    inputs: KernelInputs


def pixel_problem(shape: tuple[int, int], trajectory: Trajectory) -> Problem:
    """The problem on the lattice of the pixels, images (h, w)."""
    velocity, steady = trajectory.velocity, steady_field(shape, trajectory.velocity)
    spacing = trajectory.frame_spacing(shape)
    inputs = KernelInputs(
        velocity.speed_limit, spacing, _modes(shape, velocity, spacing), steady is not None,
        trajectory.walls == "mirror",
    )  # fmt: skip
    return Problem(trajectory.walls, steady, inputs)


def step_parts(steps: Steps, first: int, peclet: float, size: int) -> StepParts:
    """Lattice steps as kernels read them; ``size`` is the larger side in cells."""
    speeds = rms_speed(peclet, steps.alpha, size)
    return StepParts(first, steps.n_lbm_steps, steps.alpha, speeds)


@functools.lru_cache(maxsize=8)
def _modes(shape: tuple[int, int], velocity: Velocity, spacing: int) -> Modes:
    none, energies = draw(shape, velocity, np.zeros(0, np.int64))
    between_walls = velocity.basis == "walls"
    return shared_modes(none.omega * spacing, energies, none.joint, 0.0, between_walls)


def flow_tables(modes: RandomModes, energies: Energy, inputs: KernelInputs) -> list[FlowTables]:
    """The flows of some images, as kernels read them."""
    tables = mode_tables(modes, inputs.spacing, inputs.modes.plan_y)
    tables = tables.reshape(len(tables), 4, -1)
    return [
        FlowTables(*x) for x in zip(tables, energies.mean, energy_tables(energies), strict=True)
    ]


class Runner:
    """Runs images of one shape one after the other, each on all threads of a team.

    Parameters
    ----------
    problem : Problem
    shape : (channels, height, width)
    threads : int
        Threads of the team.
    """

    def __init__(self, problem: Problem, shape: tuple[int, int, int], threads: int) -> None:
        channels, h, w = shape
        self.problem, modes = problem, problem.inputs.modes
        self.slabs = slabs(h, threads, problem.walls)
        self.team = new_team(threads)
        highest = max(slab.height for slab in self.slabs)
        halo = max(max(slab.above, slab.below) for slab in self.slabs)
        plane = plane_size(highest, w)
        self.image = ImageState(
            aligned(threads, channels, plane),
            aligned(2, threads, 2, channels, halo * GROUP * -(-w // GROUP)),
            empty_frames(h, w, threads, modes.between_walls),
        )
        self.scratch = [
            ThreadScratch(aligned(2, 2, plane), aligned(channels, (highest + 2 * GHOST) * GROUP),
                          frame_scratch(modes), own_phases(modes.energy_phases))
            for _ in self.slabs
        ]  # fmt: skip
        if problem.steady is not None:
            for frame in self.image.frames.raw:
                for component, plane in zip(problem.steady.astype(np.float32), frame, strict=True):
                    pack(component, plane)

    def run(
        self, start: np.ndarray, ends: np.ndarray, steps: StepParts, flow: FlowTables
    ) -> np.ndarray:
        """States (m, c, h, w) of (c, h, w) at the ends of some parts, rising, from 1 on."""
        self._load(start)
        states = np.empty((len(ends), *start.shape), np.float32)
        if len(ends):
            members = zip(self.slabs, self.scratch, self.team, strict=True)
            run_together(
                self.team,
                [
                    functools.partial(self._run_slab, *member, states, ends, steps, flow)
                    for member in members
                ],
            )
        return states

    def _run_slab(self, slab: Slab, scratch: ThreadScratch, team: Team, states: np.ndarray,
                  ends: np.ndarray, steps: StepParts, flow: FlowTables) -> None:  # fmt: skip
        run_slab(states, ends, self.problem.inputs, steps, flow, self.image, slab, scratch, team)

    def _load(self, start: np.ndarray) -> None:
        for phi, scratch, slab in zip(self.image.phi, self.scratch, self.slabs, strict=True):
            phi[:], scratch.edge[:] = 0, 0
            rows = np.arange(slab.first - slab.above, slab.first + slab.rows + slab.below)
            for channel, plane in zip(start, phi, strict=True):
                pack(channel[rows % start.shape[1]], plane)


class OneImage(Protocol):
    """What takes an image of a task to its levels."""

    def __call__(self, i: int, start: np.ndarray, levels: np.ndarray) -> np.ndarray:
        """States (m, c, h, w) of the task's image i, ``start`` (c, h, w), at rising levels > 0."""
        ...


class Prepare(Protocol):
    """What draws the flows of a task's images together, and says how to run each."""

    def __call__(self, seeds: np.ndarray) -> OneImage:
        """The run of each image whose flow has one of these seeds."""
        ...


def _run_task(
    phi: np.ndarray, background: np.ndarray, keep: np.ndarray, run: OneImage, out: np.ndarray
) -> None:
    """A few images, one after the other."""
    base, offset = (x[:, :, None, None] for x in split_background(background))
    start = ((phi + offset) / base).astype(np.float32)
    for i, levels in enumerate(keep):
        unique = np.unique(levels[levels > 0])
        states = run(i, start[i], unique) * base[i] - offset[i]
        for j, k in enumerate(levels):
            out[i, j] = states[np.searchsorted(unique, k)] if k > 0 else phi[i]


def in_tasks(
    phi: np.ndarray, background: np.ndarray, seeds: np.ndarray, keep: np.ndarray, threads: int,
    prepare: Prepare,
) -> np.ndarray:  # fmt: skip
    """States at the wanted levels, float32 (n, m, c, h, w), by threads that share the images."""
    h, w = phi.shape[-2:]
    background = np.asarray(background, np.float64)
    out = np.empty((*keep.shape, *phi.shape[1:]), np.float32)
    longest_first = np.argsort(-keep.max(axis=1, initial=0), kind="stable")
    size = max(1, min(TASK_CELLS // (h * w), len(phi) // (TASKS_PER_THREAD * threads)))
    tasks = [longest_first[i : i + size] for i in range(0, len(phi), size)]

    def run(rows: np.ndarray) -> None:
        part = np.empty((len(rows), *out.shape[1:]), np.float32)
        _run_task(phi[rows], background[rows], keep[rows], prepare(seeds[rows]), part)
        out[rows] = part

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(run, tasks))
    return out


def team_size(shape: tuple[int, int], n_images: int, threads: int) -> int:
    """Threads that share each image (h, w): those that would be idle, and not too many."""
    return max(1, min(threads // max(1, n_images), most_slabs(shape)))


def trajectories(
    phi: np.ndarray, background: np.ndarray, trajectory: Trajectory, seeds: np.ndarray,
    keep: np.ndarray, threads: int = 1,
) -> np.ndarray:  # fmt: skip
    """States at the wanted levels, float32 (n, m, c, h, w); see `beyond_blur.lbm.solver.Solver`."""
    n, channels, h, w = phi.shape
    problem, each = pixel_problem((h, w), trajectory), team_size((h, w), n, threads)
    steps = step_parts(trajectory.schedule, 0, trajectory.peclet, max(h, w))

    def prepare(seeds: np.ndarray) -> OneImage:
        flows = flow_tables(*draw((h, w), trajectory.velocity, seeds), problem.inputs)
        runner = Runner(problem, (channels, h, w), each)
        return lambda i, start, levels: runner.run(start, levels, steps, flows[i])

    return in_tasks(phi, background, seeds, keep, threads, prepare)
