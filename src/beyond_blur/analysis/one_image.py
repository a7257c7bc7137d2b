"""One image on its way through the levels of advection-diffusion, under one flow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from beyond_blur.config import Corruption, Velocity, Walls
from beyond_blur.config.labels import peclet_label
from beyond_blur.corruption import states
from beyond_blur.lbm.levels import LatticeSchedule
from beyond_blur.metrics.blocks import available_threads


@dataclass(frozen=True)
class Run:
    """One image on its way: what is asked for and the schedule that follows from it.

    Attributes
    ----------
    image : float32 array, shape (c, h, w), in [0, 1]
    name : str
        What the image is called.
    schedule : LatticeSchedule
        Its levels.
    peclet : float
        Strength of the flow.
    velocity : Velocity
        Kind of flow.
    walls : {"mirror", "periodic"}
    flow_seed : int
        The one flow of all levels.
    """

    image: np.ndarray
    name: str
    schedule: LatticeSchedule
    peclet: float
    velocity: Velocity
    walls: Walls
    flow_seed: int

    @property
    def size(self) -> int:
        """The longer side in pixels."""
        return max(self.image.shape[1:])

    @property
    def title(self) -> str:
        """What the pictures are called."""
        if self.peclet == 0:
            return f"{self.name}: {peclet_label(0)}, no flow"
        kind = {"stream": "uniform stream", "vortex": "one vortex"}.get(self.velocity.flow)
        random = "divergence-free flow" if self.velocity.divergence_free else "compressible flow"
        return f"{self.name}: {peclet_label(self.peclet)}, {kind or random}"

    def states(self, levels: np.ndarray) -> np.ndarray:
        """The image at some levels, float32 (m, c, h, w), all under the run's one flow."""
        options = Corruption(walls=self.walls, threads=available_threads())
        return states.corrupt(
            self.image[None],
            self.schedule,
            self.peclet,
            self.velocity,
            options,
            np.array([self.flow_seed]),
            levels[None],
        )[0]


def flow_levels(run: Run, n: int = 3) -> np.ndarray:
    """Levels at which the flow is drawn: evenly spread in time, or level 0 where it stands still.

    Returns
    -------
    int64 array, increasing
    """
    if run.velocity.phase_step == 0 or run.velocity.flow != "turbulence":
        return np.zeros(1, np.int64)
    done = run.schedule.first_step
    wanted = np.searchsorted(done, np.linspace(0, done[-1], n))
    return np.unique(wanted).astype(np.int64)
