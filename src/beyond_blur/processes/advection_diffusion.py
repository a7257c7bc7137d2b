"""Beyond Blur: blur carried by a random flow (Gruszczynski et al., ICCV 2025).

The forward process solves  du/dt + div(v u) = div(alpha grad u)  for one random flow v per image;
level k is the state at blur width sigma_B,k. The pairs (u_k, u_{k-1}) of one flow are made by
`beyond_blur.corruption` and come with the batch. With Peclet number 0 there is no flow and the
process is IHDM's heat equation on the lattice (Rissanen et al., ICLR 2023).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from beyond_blur import config
from beyond_blur.config import Corruption, Levels
from beyond_blur.config.blur_widths import blur_widths
from beyond_blur.corruption.backend import choose
from beyond_blur.corruption.states import corrupt
from beyond_blur.lbm.trajectory import Trajectory
from beyond_blur.processes import checks
from beyond_blur.processes.base import BuildContext, TrainingPair
from beyond_blur.processes.batch import Batch
from beyond_blur.processes.coloured_noise import coloured
from beyond_blur.processes.heat_dissipation import straight_on
from beyond_blur.processes.noise import Noise

Solver = Callable[[Tensor, Tensor, Tensor], Tensor]
"""States of images (n, c, h, w) at levels (n,) under the flows of seeds (n,)."""


@dataclass(frozen=True)
class AdvectionDiffusion:
    """The network predicts the step back, u_{k-1} - (u_k + sigma eps).

    Attributes
    ----------
    n_steps : int
        Number of levels K.
    sigma : float
        Standard deviation of the noise on the network's input (the paper's Q).
    delta : float
        Standard deviation of the noise that the sampler adds at each step.
    solver : callable, optional
        States of images (n, c, h, w) at levels (n,) under the flows of seeds (n,); for `forward`.
    blur_widths : tuple of float, length K + 1, optional
        sigma_B,k of levels 0..K in pixels; for jumps over several levels.
    prior_noise : bool
        Whether the prior carries the noise sigma.
    last_noise : bool
        Whether the last step adds noise, too.
    delta_spectrum : float
        Exponent of that noise's spectrum, see `coloured_noise`; 0 is white noise to the last bit.
    """

    n_steps: int
    sigma: float = 0.01
    delta: float = 0.0125
    solver: Solver | None = None
    blur_widths: tuple[float, ...] | None = None
    prior_noise: bool = True
    last_noise: bool = False
    delta_spectrum: float = 0.0

    @classmethod
    def from_options(
        cls, options: config.AdvectionDiffusionOptions, levels: Levels, context: BuildContext
    ) -> AdvectionDiffusion:
        """The process that a configuration describes; `forward` needs ``context.corruption``."""
        solver = None
        if context.corruption is not None:
            solver = lattice_solver(options, levels, context.corruption)
        return cls(
            n_steps=levels.n_levels,
            sigma=options.noise,
            delta=context.delta,
            solver=solver,
            blur_widths=tuple(blur_widths(levels).tolist()),
            prior_noise=context.prior_noise,
            last_noise=context.last_noise,
            delta_spectrum=context.delta_spectrum,
        )

    def training_pair(self, batch: Batch, noise: Noise) -> TrainingPair:
        """Input u_k + sigma eps, target u_{k-1} - input, both under one flow."""
        clean, previous, k = checks.of_a_flow(batch, "x_k", "x_previous", "k")
        x_k = clean + self.sigma * noise.normal(clean)
        return TrainingPair(x_k, k, previous - x_k)

    def prior(self, batch: Batch, noise: Noise) -> Tensor:
        """Terminal states of real images under fresh flows, plus the noise the network expects."""
        (terminal,) = checks.of_a_flow(batch, "terminal")
        return terminal + self.sigma * noise.normal(terminal) if self.prior_noise else terminal

    def reverse_step(self, prediction: Tensor, x_k: Tensor, k: int, noise: Noise) -> Tensor:
        """Mean u_k + f(u_k, k), plus delta eps; the last step returns the mean."""
        return self.jump(prediction, x_k, k, k - 1, noise)

    def jump(self, prediction: Tensor, x_k: Tensor, k: int, j: int, noise: Noise) -> Tensor:
        """Straight on in diffusion time to level j, plus delta eps, as `HeatDissipation.jump`.

        The flow is not known, so that only diffusion goes on beyond level k - 1; what the flow did
        on the levels left out is not undone.

        Raises
        ------
        ValueError
            If levels are left out and the process was made without blur widths.
        """
        checks.check_jump(k, j, self.n_steps)
        mean = x_k + prediction
        if j < k - 1:
            if self.blur_widths is None:
                raise ValueError(
                    "this AdvectionDiffusion has no blur widths, which a jump over several levels "
                    "needs: make it with blur_widths, or leave sampling.steps null"
                )
            mean = straight_on(mean, self.blur_widths, k, j)
        if j == 0 and not self.last_noise:
            return mean
        return mean + self.delta * coloured(noise, self.delta_spectrum).normal(mean)

    def guess(self, prediction: Tensor, x_k: Tensor, k: int) -> Tensor:
        """The step back without noise: an estimate of u_{k-1}."""
        return x_k + prediction

    def forward(self, images: Tensor, k: Tensor, noise: Noise) -> Tensor:
        """u_k + sigma eps of images in [0, 1], each under a flow of its own; level 0 is clean.

        Raises
        ------
        ValueError
            If the process was made without a solver: training and sampling need none.
        """
        if self.solver is None:
            raise ValueError("this AdvectionDiffusion has no solver: build it with a corruption")
        states = self.solver(images, k, noise.integers(0, 2**62, len(images)))
        spread = self.sigma * (k > 0).to(images)[:, None, None, None]
        return states + spread * noise.normal(images)

    def noise_variance(self, k: int) -> float:
        """Variance of the white noise in x_k, in squared grey values; level 0 has none."""
        return self.sigma**2 if k else 0.0

    def to_image(self, x_0: Tensor) -> Tensor:
        """States are images already."""
        return x_0


def lattice_solver(
    spec: config.AdvectionDiffusionOptions, levels: Levels, corruption: Corruption
) -> Solver:
    """The lattice-Boltzmann solver as a function of images, levels and flow seeds."""
    trajectory = Trajectory.from_options(spec, levels, corruption)
    backend = functools.cache(lambda shape: choose(corruption, trajectory, shape))

    def states(images: Tensor, k: Tensor, seeds: Tensor) -> Tensor:
        wanted = k.cpu().numpy()[:, None]
        chosen = backend(tuple(images.shape[1:]))
        made = corrupt(images.cpu().numpy(), trajectory, seeds.cpu().numpy(), wanted, chosen)
        return torch.from_numpy(made[:, 0]).to(images)

    return states
