"""Cold Diffusion (Bansal et al., arXiv 2208.09392) and soft training (Daras et al., TMLR 2023).

A deterministic degradation D(x_0, k) with D(x_0, 0) = x_0; the network restores, R(x_k, k) = x_0.
Sampling degrades the restored image again, to the level below:

    Algorithm 1:  x_{k-1} = D(R(x_k, k), k - 1)
    Algorithm 2:  x_{k-1} = x_k - D(R(x_k, k), k) + D(R(x_k, k), k - 1)

Both hold for any level j in place of k - 1, and so go over several levels at once.

Where D is of first order in k, algorithm 2 comes out right whatever R answers; algorithm 1 passes
every error of R on. With the heat kernel as D, no noise and a perfect R, the steps of algorithm 2
are IHDM's increments; IHDM's network predicts the increment itself.

Soft Diffusion trains a network that predicts the clean image, too, but measures the error after the
degradation, || D(R(x_k, k) - x_0, k) ||^2: what the degradation removes is not asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import torch
from torch import Tensor

from beyond_blur import config
from beyond_blur.config import Levels
from beyond_blur.config.blur_widths import blur_widths
from beyond_blur.config.level_checks import last_trained
from beyond_blur.processes import checks
from beyond_blur.processes.base import BuildContext, TrainingPair
from beyond_blur.processes.batch import Batch
from beyond_blur.processes.heat_dissipation import widths_from_clean
from beyond_blur.processes.level_tables import blur_to_levels
from beyond_blur.processes.noise import Noise
from beyond_blur.to_device import send


class Degradation(Protocol):
    """A deterministic way to destroy images; linear in the image for soft training."""

    @property
    def n_steps(self) -> int:
        """Number of levels K; level 0 leaves the image as it is."""
        ...

    def __call__(self, images: Tensor, k: Tensor) -> Tensor:
        """Images (n, c, h, w) at levels k, int64 (n,), in 0..n_steps."""
        ...


@dataclass(frozen=True)
class HeatKernel:
    """Blur by the heat kernel.

    Attributes
    ----------
    blur_widths : tuple of float, length K + 1
        sigma_B,k of levels 0..K in pixels; the first is 0, and they increase.
    """

    blur_widths: tuple[float, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "blur_widths", widths_from_clean(self.blur_widths))

    @property
    def n_steps(self) -> int:
        """Number of levels K."""
        return len(self.blur_widths) - 1

    def __call__(self, images: Tensor, k: Tensor) -> Tensor:
        """Images (n, c, h, w) blurred to levels k, int64 (n,)."""
        return blur_to_levels(images, self.blur_widths, k)


@dataclass(frozen=True)
class ColdDiffusion:
    """The network predicts the clean image.

    Attributes
    ----------
    degradation : Degradation
        D(x_0, k), e.g. `HeatKernel`.
    algorithm : {1, 2}
        Which of the paper's algorithms steps back.
    loss : {"l1", "squared", "soft"}
        Sum over pixels of abs(R - x_0) (the paper's), of (R - x_0)^2, or of D(R - x_0, k)^2 (Soft
        Diffusion's, through the operator).
    sigma : float
        Standard deviation of the noise on the network's input in training; 0 in Cold Diffusion,
        above 0 in Soft Diffusion.
    delta : float
        Standard deviation of the noise added at each step back but the last; 0 in Cold Diffusion.
    symmetry_noise : float
        Standard deviation of the noise on the initial state, which without it has a symmetry that
        no deterministic step breaks. 0.002 in the authors' code.
    train_last_level : bool
        Whether level K is trained on.
    last_noise : bool
        Whether the last step adds noise, too.

    Raises
    ------
    ValueError
        On another algorithm or loss, or a negative noise.
    """

    degradation: Degradation
    algorithm: Literal[1, 2] = 2
    loss: Literal["l1", "squared", "soft"] = "l1"
    sigma: float = 0.0
    delta: float = 0.0
    symmetry_noise: float = 0.002
    train_last_level: bool = True
    last_noise: bool = False

    def __post_init__(self) -> None:
        checks.one_of("algorithm", self.algorithm, (1, 2))
        checks.one_of("loss", self.loss, ("l1", "squared", "soft"))
        checks.at_least_zero(sigma=self.sigma, delta=self.delta, symmetry_noise=self.symmetry_noise)

    @classmethod
    def from_options(
        cls, options: config.ColdDiffusionOptions, levels: Levels, context: BuildContext
    ) -> ColdDiffusion:
        """The process that a configuration describes, with the heat kernel as degradation."""
        return cls(
            degradation=HeatKernel(tuple(blur_widths(levels).tolist())),
            algorithm=options.algorithm,
            loss=options.loss,
            sigma=options.noise,
            train_last_level=levels.train_last_level,
            last_noise=context.last_noise,
        )

    @property
    def n_steps(self) -> int:
        """Number of levels K."""
        return self.degradation.n_steps

    def forward(self, images: Tensor, k: Tensor, noise: Noise) -> Tensor:
        """D(x_0, k), plus sigma eps above level 0.

        Parameters
        ----------
        images : float tensor, shape (n, c, h, w), in [0, 1]
        k : int64 tensor, shape (n,), in 0..K
        noise : Noise

        Returns
        -------
        float tensor, shape (n, c, h, w)
        """
        checks.check_levels(k, len(checks.check_images(images)), self.n_steps)
        degraded = self.degradation(images, k)
        if self.sigma == 0:
            return degraded
        return degraded + self.sigma * (k > 0).to(images)[:, None, None, None] * noise.normal(
            images
        )

    def training_pair(self, batch: Batch, noise: Noise) -> TrainingPair:
        """Input D(x_0, k) at a uniform level, target x_0."""
        images = checks.images_of(batch)
        last = last_trained(self.n_steps, self.train_last_level)
        k = send(noise.integers(1, last, len(images)), images.device)
        return TrainingPair(self.forward(images, k, noise), k, images)

    def loss_per_row(self, prediction: Tensor, pair: TrainingPair) -> Tensor:
        """The chosen loss, summed over the pixels of each image: shape (n,)."""
        error = prediction - pair.target
        if self.loss == "soft":
            error = self.degradation(error, pair.k)
        return (error.abs() if self.loss == "l1" else error.square()).flatten(1).sum(1)

    def prior(self, batch: Batch, noise: Noise) -> Tensor:
        """Real images degraded to level K, plus a little noise that breaks their symmetry.

        The paper draws the degraded colours from a Gaussian mixture fitted to the training data;
        real ones keep the initial states of all processes alike.
        """
        images = checks.images_of(batch)
        k = torch.full((len(images),), self.n_steps, device=images.device)
        return self.degradation(images, k) + self.symmetry_noise * noise.normal(images)

    def reverse_step(self, prediction: Tensor, x_k: Tensor, k: int, noise: Noise) -> Tensor:
        """Algorithm 1 or 2, plus delta eps; the last step adds none."""
        return self.jump(prediction, x_k, k, k - 1, noise)

    def jump(self, prediction: Tensor, x_k: Tensor, k: int, j: int, noise: Noise) -> Tensor:
        """Algorithm 1 or 2 with level j in place of k - 1, plus delta eps."""
        checks.check_jump(k, j, self.n_steps)
        levels = torch.full((len(x_k),), k, device=x_k.device)
        below = self.degradation(prediction, torch.full_like(levels, j))
        if self.algorithm == 2:
            below = x_k - self.degradation(prediction, levels) + below
        if self.delta == 0 or (j == 0 and not self.last_noise):
            return below
        return below + self.delta * noise.normal(below)

    def guess(self, prediction: Tensor, x_k: Tensor, k: int) -> Tensor:
        """The network's prediction is of x_0 itself."""
        return prediction

    def noise_variance(self, k: int) -> float:
        """Variance of the white noise in x_k, in squared grey values; level 0 has none."""
        return self.sigma**2 if k else 0.0

    def to_image(self, x_0: Tensor) -> Tensor:
        """States are images already."""
        return x_0
