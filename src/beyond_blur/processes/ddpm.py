"""DDPM: denoising diffusion (Ho, Jain and Abbeel, NeurIPS 2020), with DDIM's sampler.

x_k = sqrt(abar_k) x_0 + sqrt(1 - abar_k) eps, abar the cumulated products of alpha = 1 - beta.
States live in [-1, 1], images in [0, 1]; `DDPM.to_image` and the forward marginal do the scaling.

The sampler is an option of its own: `Ancestral` (the paper's, with either of its variances) or
`DDIM` (Song, Meng and Ermon, ICLR 2021). Both know levels by abar alone, and so step back from any
level to any level below: the posterior q(x_j | x_k, x_0) has the form of the paper's with
alpha = abar_k / abar_j.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from beyond_blur.processes import checks
from beyond_blur.processes.base import Batch, TrainingPair
from beyond_blur.processes.ddpm_samplers import Ancestral, Sampler, predicted_image
from beyond_blur.processes.noise import Noise

LOG_SNR_LIMIT = 10.0
"""Largest and smallest log signal-to-noise ratio of the cosine schedule, as +-10."""


def linear_schedule(n_steps: int) -> tuple[float, ...]:
    """alphas_cumprod of levels 0..n_steps for beta rising linearly (DDPM, section 4).

    The paper's beta runs from 1e-4 to 0.02 over 1,000 steps; with another number of steps both ends
    are scaled by 1000 / n_steps, which keeps the noise of the last level about the same.

    Raises
    ------
    ValueError
        If the last beta would reach 1, which it does up to 20 steps.
    """
    ratio = 1000 / _counted(n_steps)
    if 0.02 * ratio >= 1:
        raise ValueError(
            f"n_steps = {n_steps} puts the last beta of the linear schedule at {0.02 * ratio:g}, "
            "and it must stay under 1: use at least 21 steps or the cosine schedule"
        )
    betas = np.linspace(1e-4 * ratio, 0.02 * ratio, n_steps)
    return tuple(float(abar) for abar in np.concatenate([[1.0], np.cumprod(1 - betas)]))


def cosine_schedule(n_steps: int) -> tuple[float, ...]:
    """alphas_cumprod of levels 0..n_steps for signal cos and noise sin of one angle.

    The schedule of Blurring Diffusion, at times k / n_steps: log SNR = -2 log tan(angle), cut to
    [-10, 10] by starting and ending the angle a little inside (0, pi / 2). Level 0 therefore
    carries noise of standard deviation 0.0067 already.
    """
    return tuple(float(_sigmoid(log_snr(k / n_steps))) for k in range(_counted(n_steps) + 1))


def log_snr(t: float) -> float:
    """-2 log tan(u_min t + u_max), 10 at t = 0 and -10 at t = 1 (Blurring Diffusion)."""
    u_max = math.atan(math.exp(-0.5 * LOG_SNR_LIMIT))
    u_min = math.atan(math.exp(0.5 * LOG_SNR_LIMIT)) - u_max
    return -2 * math.log(math.tan(u_min * t + u_max))


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def _counted(n_steps: int) -> int:
    if n_steps < 1:
        raise ValueError(f"n_steps = {n_steps}: a schedule needs at least 1 step")
    return n_steps


@dataclass(frozen=True)
class DDPM:
    """The network predicts the noise eps in x_k.

    Attributes
    ----------
    alphas_cumprod : tuple of float, length K + 1
        abar_k of levels 0..K, strictly falling in (0, 1]; see `linear_schedule` and
        `cosine_schedule`.
    sampler : Ancestral or DDIM
        The step back.
    last_noise : bool
        Whether the last step adds noise, too.

    Raises
    ------
    ValueError
        If alphas_cumprod leaves (0, 1] or does not fall.
    """

    alphas_cumprod: tuple[float, ...]
    sampler: Sampler = field(default_factory=Ancestral)
    last_noise: bool = False

    def __post_init__(self) -> None:
        alphas_cumprod = tuple(float(abar) for abar in self.alphas_cumprod)
        object.__setattr__(self, "alphas_cumprod", alphas_cumprod)
        checks.rising(
            "1 - alphas_cumprod", (1 - abar for abar in alphas_cumprod), low=0.0, high=1.0
        )
        if alphas_cumprod[-1] <= 0:
            raise ValueError(
                f"alphas_cumprod[{self.n_steps}] = {alphas_cumprod[-1]:g}: the last level must "
                "keep some signal, or x_0 cannot be had from x_K; make it small but positive"
            )

    @property
    def n_steps(self) -> int:
        """Number of levels K."""
        return len(self.alphas_cumprod) - 1

    def forward(self, images: Tensor, k: Tensor, noise: Noise) -> Tensor:
        """Draw from q(x_k | x_0) = N(sqrt(abar_k) x_0, (1 - abar_k) I) (eq. 4).

        Parameters
        ----------
        images : float tensor, shape (n, c, h, w), in [0, 1]
        k : int64 tensor, shape (n,), in 0..K
        noise : Noise

        Returns
        -------
        float tensor, shape (n, c, h, w), for images scaled to [-1, 1]
        """
        checks.check_levels(k, len(checks.check_images(images)), self.n_steps)
        return self._noised(images, k, noise.normal(images))

    def training_pair(self, batch: Batch, noise: Noise) -> TrainingPair:
        """Input x_k at a uniform level, target eps (eq. 14, L_simple)."""
        images = checks.images_of(batch)
        k = noise.integers(1, self.n_steps, len(images)).to(images.device)
        epsilon = noise.normal(images)
        return TrainingPair(self._noised(images, k, epsilon), k, epsilon)

    def prior(self, batch: Batch, noise: Noise) -> Tensor:
        """N(0, I); of the batch's images, only the shape is used."""
        return noise.normal(checks.images_of(batch))

    def reverse_step(self, prediction: Tensor, x_k: Tensor, k: int, noise: Noise) -> Tensor:
        """The sampler's step; the last one adds no noise (algorithm 2, line 3)."""
        return self.jump(prediction, x_k, k, k - 1, noise)

    def jump(self, prediction: Tensor, x_k: Tensor, k: int, j: int, noise: Noise) -> Tensor:
        """The sampler's step to level j: exact between any two levels for the right x_0."""
        checks.check_jump(k, j, self.n_steps)
        source = noise if j > 0 or self.last_noise else None
        abar, abar_below = self.alphas_cumprod[k], self.alphas_cumprod[j]
        return self.sampler.step(prediction, x_k, abar, abar_below, source)

    def guess(self, prediction: Tensor, x_k: Tensor, k: int) -> Tensor:
        """The x_0 that the predicted noise stands for, clipped to its range (eq. 15)."""
        return predicted_image(prediction, x_k, self.alphas_cumprod[k], clip=True)

    def noise_variance(self, k: int) -> float:
        """Variance of the white noise in x_k, in squared grey values (a quarter of 1 - abar_k)."""
        return (1 - self.alphas_cumprod[k]) / 4

    def to_image(self, x_0: Tensor) -> Tensor:
        """From [-1, 1] to [0, 1]."""
        return 0.5 * (x_0 + 1)

    def _noised(self, images: Tensor, k: Tensor, epsilon: Tensor) -> Tensor:
        """Roots in float64: 1 - abar loses digits in float32 where abar is near 1."""
        abar = torch.tensor(self.alphas_cumprod, dtype=torch.float64)[k.cpu()][:, None, None, None]
        signal, spread = abar.sqrt().to(images), (1 - abar).sqrt().to(images)
        return signal * (2 * images - 1) + spread * epsilon
