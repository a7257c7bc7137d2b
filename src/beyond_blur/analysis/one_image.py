"""One image on its way through the levels of advection-diffusion, under one flow."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from beyond_blur.config import Corruption
from beyond_blur.config.labels import peclet_label
from beyond_blur.corruption import states
from beyond_blur.corruption.backend import choose
from beyond_blur.lbm.trajectory import Trajectory
from beyond_blur.threads import available_threads

TIMED_SHARE = 1 / 32
"""Of a run's lattice steps, those that are timed to say how long all of them take."""


@dataclass(frozen=True)
class Run:
    """One image on its way under one flow.

    Attributes
    ----------
    image : float32 array, shape (c, h, w), in [0, 1]
    name : str
        What the image is called.
    trajectory : Trajectory
        Its levels and its kind of flow.
    flow_seed : int
        The one flow of all levels.
    """

    image: np.ndarray
    name: str
    trajectory: Trajectory
    flow_seed: int

    @property
    def title(self) -> str:
        """What the pictures are called."""
        velocity, peclet = self.trajectory.velocity, self.trajectory.peclet
        if peclet == 0:
            return f"{self.name}: {peclet_label(0)}, no flow"
        kind = {"stream": "uniform stream", "vortex": "one vortex"}.get(velocity.flow)
        random = "divergence-free flow" if velocity.divergence_free else "compressible flow"
        if velocity.basis == "walls":
            random = "divergence-free flow between walls"
        return f"{self.name}: {peclet_label(peclet)}, {kind or random}"

    def states(self, levels: np.ndarray) -> np.ndarray:
        """The image at some levels, float32 (m, c, h, w), all under the run's one flow."""
        options = Corruption(threads=available_threads())
        backend = choose(options, self.trajectory, self.image.shape)
        seeds = np.array([self.flow_seed])
        return states.corrupt(self.image[None], self.trajectory, seeds, levels[None], backend)[0]

    def seconds_to(self, level: int) -> float:
        """About how long the states up to a level take here, by a short piece of the way.

        The piece is run twice: what is compiled and read from disk the first time is not timed.
        """
        done = self.trajectory.schedule.first_step
        piece = max(1, int(np.searchsorted(done, TIMED_SHARE * done[level])))
        spent = 0.0
        for _ in range(2):
            began = time.monotonic()
            self.states(np.array([piece]))
            spent = time.monotonic() - began
        return spent * float(done[level] / done[piece])


def flow_levels(run: Run, n: int = 3) -> np.ndarray:
    """Levels at which the flow is drawn: evenly spread in time, or level 0 where it stands still.

    Returns
    -------
    int64 array, increasing
    """
    velocity = run.trajectory.velocity
    if velocity.phase_step == 0 or velocity.flow != "turbulence":
        return np.zeros(1, np.int64)
    done = run.trajectory.schedule.first_step
    wanted = np.searchsorted(done, np.linspace(0, done[-1], n))
    return np.unique(wanted).astype(np.int64)
