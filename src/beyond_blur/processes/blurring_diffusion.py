"""Blurring Diffusion (Hoogeboom and Salimans, ICLR 2023): blur and noise in one Gaussian process.

In the cosine basis every mode diffuses on its own, with signal alpha_t = a_t d_t and noise sigma_t:

    z_t = IDCT(alpha_t DCT(x)) + sigma_t eps
    d_t = (1 - d_min) exp(-(f_h^2 + f_w^2) sigma_B(t)^2 / 2) + d_min
    sigma_B(t) = sigma_B,max sin^2(pi t / 2)

a_t and sigma_t are the variance-preserving cosine schedule (`ddpm_schedules.log_snr`). Without blur
this is DDPM with the cosine schedule. States live in [-1, 1], images in [0, 1].

``blur_share`` b, ours and not the paper's, takes d_t^b in the place of d_t: in every mode and at
every time blur then takes b times as much of the log signal-to-noise ratio, log a_t^2 / sigma_t^2 +
2 b log d_t, and noise as much as before. b = 1 is the paper's process, b = 0 DDPM, and in between
lies the straight line between their log signal-to-noise ratios. All of them start from N(0, I). A
smaller blur width is something else: it moves the frequency from which on blur takes everything.

The paper trains on t uniform in [0, 1]; here t is uniform on the levels' times, so that the network
sees whole levels as it does for every other process.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from beyond_blur import config
from beyond_blur.config import Levels
from beyond_blur.config.noise_schedule import log_snr
from beyond_blur.config.step_gain import D_MIN
from beyond_blur.processes import checks
from beyond_blur.processes.base import BuildContext, TrainingPair
from beyond_blur.processes.batch import Batch
from beyond_blur.processes.dct import dct2, idct2
from beyond_blur.processes.level_tables import at_levels, decays, table
from beyond_blur.processes.noise import Noise
from beyond_blur.to_device import send

CPU = torch.device("cpu")

GUARD = 1e-20
"""Keeps the posterior's quotients finite, as the paper's delta = 1e-8 does in float32.

In float64 it can lie far under every variance of a schedule. At 1e-8 it is as large as what many
short steps add: of 1,000 levels it took 1.7 % of the variance of samples.
"""


@functools.lru_cache(maxsize=8)
def amplitudes(times: tuple[float, ...]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """a_t and sigma_t at every level's time: signal and noise of the cosine schedule."""
    snr = torch.tensor([log_snr(time) for time in times], dtype=torch.float64)
    signal, noise = torch.sigmoid(snr).sqrt(), torch.sigmoid(-snr).sqrt()
    return tuple(signal.tolist()), tuple(noise.tolist())


@functools.lru_cache(maxsize=8)
def blur_widths(times: tuple[float, ...], blur_width_max: float) -> tuple[float, ...]:
    """sigma_B(t) at every level's time, in pixels."""
    return tuple((blur_width_max * np.sin(0.5 * np.pi * np.array(times)) ** 2).tolist())


@dataclass(frozen=True)
class Posterior:
    """q(z_s | z_t, x) per mode, for the x that the predicted noise stands for.

    Attributes
    ----------
    from_state, from_denoised : float64 tensors, shape (h, w)
        The mean's factors on DCT(z_t) and on DCT(z_t) - sigma_t DCT(eps).
    variance : float64 tensor, shape (h, w)
    sigma_t : float
    """

    from_state: Tensor
    from_denoised: Tensor
    variance: Tensor
    sigma_t: float


@dataclass(frozen=True)
class BlurringDiffusion:
    """The network predicts the noise eps in z_t.

    Attributes
    ----------
    times : tuple of float, length K + 1
        Times t in [0, 1] of levels 0..K, increasing; see
        `config.noise_schedule.even_times` and `config.equal_steps`.
    blur_width_max : float
        sigma_B,max in pixels, the blur width at t = 1; 0 is DDPM.
    d_min : float
        Share of its amplitude that even a fully blurred mode keeps, so that it can be found again.
    last_noise : bool
        Whether the last step adds noise, too.
    blur_share : float
        b of the log signal-to-noise ratio that blur takes: 1 as in the paper, 0 DDPM.

    Raises
    ------
    ValueError
        If the times leave [0, 1] or do not increase, the blur width is negative, d_min is not in
        (0, 1], or blur_share is not in [0, 1].
    """

    times: tuple[float, ...]
    blur_width_max: float = 20.0
    d_min: float = D_MIN
    last_noise: bool = False
    blur_share: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "times", checks.rising("times", self.times, low=0.0, high=1.0))
        checks.at_least_zero(blur_width_max=self.blur_width_max)
        if not 0 < self.d_min <= 1:
            raise ValueError(
                f"d_min = {self.d_min:g} must lie in (0, 1]: at 0 a blurred mode is lost for good"
            )
        if not 0 <= self.blur_share <= 1:
            raise ValueError(
                f"blur_share = {self.blur_share:g} must lie in [0, 1]: 0 no blur, 1 the paper's"
            )

    @classmethod
    def from_options(
        cls, options: config.BlurringDiffusionOptions, levels: Levels, context: BuildContext
    ) -> BlurringDiffusion:
        """The process that a configuration describes; blur levels are not for it."""
        return cls(
            options.times(options.n_steps),
            options.blur_width_max,
            last_noise=context.last_noise,
            blur_share=options.blur_share,
        )

    @property
    def schedule(self) -> tuple[float, ...]:
        """What sets the levels: their times."""
        return self.times

    @property
    def n_steps(self) -> int:
        """Number of levels K."""
        return len(self.times) - 1

    def signal_and_noise(self, k: Tensor, h: int, w: int) -> tuple[Tensor, Tensor]:
        """alpha_t per mode and sigma_t at levels k, int64 (n,), on their device.

        Returns
        -------
        float64 tensors, shapes (n, h, w) and (n,)
        """
        signal, noise = (table(values, k.device)[k] for values in amplitudes(self.times))
        widths = blur_widths(self.times, self.blur_width_max)
        kept = at_levels(decays(widths, h, w, k.device), k)
        blurred = ((1 - self.d_min) * kept + self.d_min).pow(self.blur_share)
        return signal[:, None, None] * blurred, noise

    def posterior(
        self, k: int, h: int, w: int, j: int | None = None, device: torch.device = CPU
    ) -> Posterior:
        """q(z_s | z_t, x) from level k to level j, else k - 1; the guards are the paper's.

        Computed in float64: sigma_t^2 - alpha_ts^2 sigma_s^2 is a small difference of large
        numbers.
        """
        below = k - 1 if j is None else j
        checks.check_jump(k, below, self.n_steps)
        (alpha_t, sigma_t), (alpha_s, sigma_s) = (
            self._of_level(level, h, w, device) for level in (k, below)
        )
        alpha_ts = alpha_t / alpha_s
        variance_t, variance_s = sigma_t.square(), sigma_s.square().clamp(min=GUARD)
        variance_ts = variance_t - alpha_ts.square() * sigma_s.square()
        likelihood = (variance_t / alpha_ts.square() - sigma_s.square()).clamp(min=GUARD)
        variance = 1 / (1 / variance_s + 1 / likelihood).clamp(min=GUARD)
        return Posterior(
            from_state=alpha_ts * variance / (variance_ts + GUARD),
            from_denoised=variance / (alpha_ts * variance_s),
            variance=variance,
            sigma_t=amplitudes(self.times)[1][k],
        )

    def forward(self, images: Tensor, k: Tensor, noise: Noise) -> Tensor:
        """Draw from q(z_t | x); as in the paper, level 0 carries noise of 0.0067 already.

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
        return self._diffused(images, k, noise.normal(images))

    def training_pair(self, batch: Batch, noise: Noise) -> TrainingPair:
        """Input z_t at a uniform level, target eps, unweighted."""
        images = checks.images_of(batch)
        k = send(noise.integers(1, self.n_steps, len(images)), images.device)
        epsilon = noise.normal(images)
        return TrainingPair(self._diffused(images, k, epsilon), k, epsilon)

    def prior(self, batch: Batch, noise: Noise) -> Tensor:
        """N(0, I); of the batch's images, only the shape is used."""
        return noise.normal(checks.images_of(batch))

    def reverse_step(self, prediction: Tensor, x_k: Tensor, k: int, noise: Noise) -> Tensor:
        """Draw from q(z_s | z_t, x) with x by the predicted noise; the last step returns its mean.

        Noise on the last step would only stay in the image: implementations differ here, and the
        mean is what DDPM and IHDM return.
        """
        return self.jump(prediction, x_k, k, k - 1, noise)

    def jump(self, prediction: Tensor, x_k: Tensor, k: int, j: int, noise: Noise) -> Tensor:
        """Draw from q(z_s | z_t, x) with s the time of level j: exact for the right x."""
        h, w = x_k.shape[-2:]
        posterior = self.posterior(k, h, w, j, x_k.device)
        denoised = dct2(x_k - posterior.sigma_t * prediction)
        mean = posterior.from_state.to(x_k) * dct2(x_k) + posterior.from_denoised.to(x_k) * denoised
        if j == 0 and not self.last_noise:
            return idct2(mean)
        spread = posterior.variance.sqrt().to(x_k)
        return idct2(mean + spread * dct2(noise.normal(x_k)))

    def guess(self, prediction: Tensor, x_k: Tensor, k: int) -> Tensor:
        """The x that the predicted noise stands for, clipped to its range."""
        h, w = x_k.shape[-2:]
        alpha, _ = self._of_level(k, h, w, x_k.device)
        modes = dct2(x_k - amplitudes(self.times)[1][k] * prediction)
        return idct2(modes / alpha.to(x_k)).clamp(-1, 1)

    def noise_variance(self, k: int) -> float:
        """Variance of the white noise in z_t, in squared grey values (a quarter of sigma_t^2)."""
        return amplitudes(self.times)[1][k] ** 2 / 4

    def to_image(self, x_0: Tensor) -> Tensor:
        """From [-1, 1] to [0, 1]."""
        return 0.5 * (x_0 + 1)

    def _of_level(self, k: int, h: int, w: int, device: torch.device) -> tuple[Tensor, Tensor]:
        """alpha_t per mode, float64 (h, w), and sigma_t, float64 (), at one level."""
        # Filled on the device; a tensor made of a list would be sent there.
        alpha, sigma = self.signal_and_noise(torch.full((1,), k, device=device), h, w)
        return alpha[0], sigma[0]

    def _diffused(self, images: Tensor, k: Tensor, epsilon: Tensor) -> Tensor:
        alpha, sigma = self.signal_and_noise(k.to(images.device), *images.shape[-2:])
        signal = idct2(alpha.to(images)[:, None] * dct2(2 * images - 1))
        return signal + sigma.to(images)[:, None, None, None] * epsilon
