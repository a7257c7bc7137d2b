"""DDPM: denoising diffusion (Ho, Jain and Abbeel, NeurIPS 2020), with DDIM's sampler.

x_k = sqrt(abar_k) x_0 + sqrt(1 - abar_k) eps, abar the cumulated products of alpha = 1 - beta.
States live in [-1, 1], images in [0, 1]; `DDPM.to_image` and the forward marginal do the scaling.

The sampler is an option of its own: `Ancestral` (the paper's, with either of its variances) or
`DDIM` (Song, Meng and Ermon, ICLR 2021). Both know levels by abar alone, and so step back from any
level to any level below: the posterior q(x_j | x_k, x_0) has the form of the paper's with
alpha = abar_k / abar_j.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from torch import Tensor

from beyond_blur import config
from beyond_blur.config import Levels
from beyond_blur.processes import checks
from beyond_blur.processes.base import BuildContext, TrainingPair
from beyond_blur.processes.batch import Batch
from beyond_blur.processes.ddpm_samplers import DDIM, Ancestral, Sampler, predicted_image
from beyond_blur.processes.ddpm_schedules import cosine_schedule, linear_schedule
from beyond_blur.processes.level_tables import table
from beyond_blur.processes.noise import Noise
from beyond_blur.to_device import send


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

    @classmethod
    def from_options(
        cls, options: config.DDPMOptions, levels: Levels, context: BuildContext
    ) -> DDPM:
        """The process that a configuration describes; blur levels are not for it."""
        schedules = {"linear": linear_schedule, "cosine": cosine_schedule}
        if options.schedule == "given":
            alphas_cumprod: tuple[float, ...] = (1.0, *options.given)
        else:
            alphas_cumprod = schedules[options.schedule](options.n_steps)
        sampler: Sampler = Ancestral(options.variance, options.clip)
        if options.sampler == "ddim":
            sampler = DDIM(options.eta, options.clip)
        return cls(alphas_cumprod, sampler, context.last_noise)

    @property
    def schedule(self) -> tuple[float, ...]:
        """What sets the levels: alphas_cumprod."""
        return self.alphas_cumprod

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
        k = send(noise.integers(1, self.n_steps, len(images)), images.device)
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
        abar = table(self.alphas_cumprod, images.device)[k.to(images.device)][:, None, None, None]
        signal, spread = abar.sqrt().to(images), (1 - abar).sqrt().to(images)
        return signal * (2 * images - 1) + spread * epsilon
