"""One image of the set carried by the flow of a run: over time, and by weaker and stronger flows.

Blur width and Fourier number name its states, whatever number a level has.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from beyond_blur.analysis.one_image import Run
from beyond_blur.config import AdvectionDiffusionOptions, ConfigError
from beyond_blur.config.rule_specs import TrajectorySpec
from beyond_blur.config.speed import speed_problem
from beyond_blur.corruption.pairs import flow_seeds
from beyond_blur.corruption.shown_levels import levels_shown
from beyond_blur.lbm.trajectory import Trajectory
from beyond_blur.lbm.units import fourier_number, rms_speed
from beyond_blur.lbm.wall_frames import flow_of

N_SHOWN = 6
"""Levels beside each other, the clean image among them."""

PECLETS = (0.0, 0.03, 0.1, 0.3, 1.0, 2.0)
"""Peclet numbers beside each other, as far as the flow's speed limit allows."""

SHARE = 1 / 16
"""Blur width over the larger side at which they are compared: the image is still to be seen."""


@dataclass(frozen=True)
class Carried:
    """An image at several levels of one flow.

    Attributes
    ----------
    label : str
        The process.
    sigma : float64 array, shape (m,)
        Blur widths in pixels, 0 first.
    states : float32 array, shape (m, c, h, w)
        In grey values.
    fields : float64 array, shape (m, 2, h, w)
        The flow at the lattice steps that led there (first, at the first step): velocity along x
        (to the right) and y (down), over the rms V of each component.
    """

    label: str
    sigma: np.ndarray
    states: np.ndarray
    fields: np.ndarray


@dataclass(frozen=True)
class PecletRow:
    """An image at one level of flows of rising Peclet numbers, which are otherwise one flow.

    Attributes
    ----------
    peclets : tuple of float
        0, no flow, first.
    sigma : float
        Blur width in pixels.
    states : float32 array, shape (m, c, h, w)
        In grey values.
    """

    peclets: tuple[float, ...]
    sigma: float
    states: np.ndarray

    @property
    def fourier(self) -> float:
        """The Fourier number of the level."""
        return fourier_number(self.sigma, max(self.states.shape[-2:]))


def run_of(label: str, job: TrajectorySpec, image: np.ndarray, image_id: int) -> Run:
    """An image (c, h, w) on its way under the flow that a process would draw for it.

    Raises
    ------
    ConfigError
        For a process without a flow.
    """
    if not (isinstance(job.process, AdvectionDiffusionOptions) and job.process.peclet > 0):
        raise ConfigError(
            f"{label} has no flow to draw: give an advection_diffusion with peclet > 0"
        )
    trajectory = Trajectory.from_options(job.process, job.levels, job.corruption)
    return Run(image, label, trajectory, int(flow_seeds(job.seed, np.array([image_id]), 0)[0]))


def carried(run: Run, n: int = N_SHOWN) -> Carried:
    """The image and the flow at some levels, the clean image and the last level among them."""
    trajectory = run.trajectory
    shape = (run.image.shape[1], run.image.shape[2])
    levels = levels_shown(range(trajectory.n_levels + 1), n)
    steps = np.maximum(trajectory.schedule.first_step[levels] - 1, 0)
    flow = flow_of(shape, trajectory.velocity, run.flow_seed, 1)
    # Over V, but as fast as it is there: the speed limit bends faster flows more.
    alpha = trajectory.schedule.alpha[np.maximum(levels, 1)]
    rms = rms_speed(trajectory.peclet, alpha, max(shape))
    moments = zip(steps, rms, alpha, strict=True)
    fields = [flow.at(int(step), float(v), float(a)) / v for step, v, a in moments]
    sigma = trajectory.schedule.sigma[levels]
    return Carried(run.name, sigma, run.states(levels), np.stack(fields))


def peclet_row(run: Run) -> PecletRow:
    """The image at the level next to blur width `SHARE` of its side, for rising `PECLETS`."""
    side, sigma = max(run.image.shape[1:]), run.trajectory.schedule.sigma
    level = int(np.abs(sigma[1:] - SHARE * side).argmin()) + 1
    limit = run.trajectory.velocity.speed_limit
    peclets = tuple(pe for pe in PECLETS if speed_problem(pe, side, limit) is None)
    runs = [replace(run, trajectory=replace(run.trajectory, peclet=pe)) for pe in peclets]
    states = np.stack([one.states(np.array([level]))[0] for one in runs])
    return PecletRow(peclets, float(sigma[level]), states)
