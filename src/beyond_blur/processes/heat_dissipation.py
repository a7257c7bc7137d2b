"""IHDM: inverse heat dissipation (Rissanen, Heinonen and Solin, ICLR 2023).

The forward process is the heat equation du/dt = laplace(u) with walls that let nothing through,
solved exactly in the cosine basis at the time t = sigma_B^2 / 2:

    F(t) u = IDCT(exp(-(f_h^2 + f_w^2) t) DCT(u))

Level k is q(u_k | u_0) = N(F(t_k) u_0, sigma^2 I), the levels independent of each other.

Two points where the paper's text and its published code part are options; by default we follow the
text. Level K is trained (the code draws k from 1..K-1 but samples from K), and the prior carries
the noise sigma that the network is trained on (the code's samplers add none, or delta).

With fewer network calls than levels (`HeatDissipation.jump`) a call has to reach further than the
one level that the network was trained on. The prediction gives an estimate of the level below that
is free of noise, v = x_k + f. Blurred by one level it is an estimate of u_k that is free of noise
as well, so v - F(t_k - t_{k-1}) v is what one level adds, and a straight line in the diffusion time
t = sigma_B^2 / 2 (one Euler step, exact for slowly decaying modes) leads to

    u_j = v + (r - 1) (v - F(t_k - t_{k-1}) v),   r = (t_k - t_j) / (t_k - t_{k-1}).

At j = k - 1 this is x_k + f, the paper's step. To go on by r - 1 times f itself would be the same
for a right f, but f also takes away what the network holds for noise: going on by it amplifies
noise and errors up to r - 1 times in every call, and the samples blow up where levels are close
(docs/sampling.md).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from beyond_blur import config
from beyond_blur.config import Levels
from beyond_blur.config.blur_widths import blur_widths
from beyond_blur.config.level_checks import last_trained
from beyond_blur.processes import checks
from beyond_blur.processes.base import BuildContext, TrainingPair
from beyond_blur.processes.batch import Batch
from beyond_blur.processes.coloured_noise import coloured
from beyond_blur.processes.level_tables import blur_to_levels
from beyond_blur.processes.noise import Noise
from beyond_blur.to_device import send


@dataclass(frozen=True)
class HeatDissipation:
    """The network predicts the step back, F(t_{k-1}) u_0 - (u_k + sigma eps).

    Attributes
    ----------
    blur_widths : tuple of float, length K + 1
        sigma_B,k of levels 0..K in pixels; the first is 0, and they increase.
    sigma : float
        Standard deviation of the noise on the network's input.
    delta : float
        Standard deviation of the noise that the sampler adds at each step.
    train_last_level : bool
        Whether level K is trained on.
    prior_noise : bool
        Whether the prior carries the noise sigma.
    last_noise : bool
        Whether the last step adds noise, too.
    delta_spectrum : float
        Exponent of that noise's spectrum, see `coloured_noise`; 0 is white noise to the last bit.

    Raises
    ------
    ValueError
        If the blur widths do not start at 0 and increase, or a noise is negative.
    """

    blur_widths: tuple[float, ...]
    sigma: float = 0.01
    delta: float = 0.0125
    train_last_level: bool = True
    prior_noise: bool = True
    last_noise: bool = False
    delta_spectrum: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "blur_widths", widths_from_clean(self.blur_widths))
        checks.at_least_zero(sigma=self.sigma, delta=self.delta)

    @classmethod
    def from_options(
        cls, options: config.HeatDissipationOptions, levels: Levels, context: BuildContext
    ) -> HeatDissipation:
        """The process that a configuration describes."""
        return cls(
            blur_widths=tuple(blur_widths(levels).tolist()),
            sigma=options.noise,
            delta=context.delta,
            train_last_level=levels.train_last_level,
            prior_noise=context.prior_noise,
            last_noise=context.last_noise,
            delta_spectrum=context.delta_spectrum,
        )

    @property
    def n_steps(self) -> int:
        """Number of levels K."""
        return len(self.blur_widths) - 1

    def forward(self, images: Tensor, k: Tensor, noise: Noise) -> Tensor:
        """Draw from q(u_k | u_0); level 0 is the clean image, without noise.

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
        spread = self.sigma * (k > 0).to(images)[:, None, None, None]
        return self._blurred(images, k) + spread * noise.normal(images)

    def training_pair(self, batch: Batch, noise: Noise) -> TrainingPair:
        """Input u_k + sigma eps at a uniform level, target F(t_{k-1}) u_0 - input."""
        images = checks.images_of(batch)
        last = last_trained(self.n_steps, self.train_last_level)
        k = send(noise.integers(1, last, len(images)), images.device)
        x_k = self.forward(images, k, noise)
        return TrainingPair(x_k, k, self._blurred(images, k - 1) - x_k)

    def prior(self, batch: Batch, noise: Noise) -> Tensor:
        """Real images blurred to level K, plus the noise the network expects."""
        images = checks.images_of(batch)
        levels = torch.full((len(images),), self.n_steps, device=images.device)
        if not self.prior_noise:
            return self._blurred(images, levels)
        return self.forward(images, levels, noise)

    def reverse_step(self, prediction: Tensor, x_k: Tensor, k: int, noise: Noise) -> Tensor:
        """Mean u_k + f(u_k, k), plus delta eps; the last step returns the mean."""
        return self.jump(prediction, x_k, k, k - 1, noise)

    def jump(self, prediction: Tensor, x_k: Tensor, k: int, j: int, noise: Noise) -> Tensor:
        """Straight on in diffusion time to level j, plus delta eps; see the top of this file."""
        checks.check_jump(k, j, self.n_steps)
        mean = straight_on(x_k + prediction, self.blur_widths, k, j)
        if j == 0 and not self.last_noise:
            return mean
        return mean + self.delta * coloured(noise, self.delta_spectrum).normal(mean)

    def guess(self, prediction: Tensor, x_k: Tensor, k: int) -> Tensor:
        """The step back without noise: an estimate of u_{k-1}."""
        return x_k + prediction

    def noise_variance(self, k: int) -> float:
        """Variance of the white noise in x_k, in squared grey values; level 0 has none."""
        return self.sigma**2 if k else 0.0

    def to_image(self, x_0: Tensor) -> Tensor:
        """States are images already."""
        return x_0

    def _blurred(self, images: Tensor, k: Tensor) -> Tensor:
        return blur_to_levels(images, self.blur_widths, k)


def straight_on(below: Tensor, widths: tuple[float, ...], k: int, j: int) -> Tensor:
    """From an estimate of u_{k-1} to one of u_j, on a straight line in diffusion time.

    Parameters
    ----------
    below : float tensor, shape (n, c, h, w)
        The noise-free estimate of u_{k-1}.
    widths : tuple of float, length K + 1
        sigma_B of levels 0..K in pixels.
    k, j : int
        0 <= j < k <= K; at j = k - 1 the estimate is returned as it is.
    """
    if j == k - 1:
        return below
    of_level = widths[k] ** 2 - widths[k - 1] ** 2
    one_level = torch.zeros(len(below), dtype=torch.int64, device=below.device)
    blurred = blur_to_levels(below, (math.sqrt(of_level),), one_level)
    return below + (widths[k - 1] ** 2 - widths[j] ** 2) / of_level * (below - blurred)


def widths_from_clean(widths: tuple[float, ...]) -> tuple[float, ...]:
    """Blur widths of levels 0..K as a tuple: 0 first, then strictly increasing.

    Raises
    ------
    ValueError
        If they are not.
    """
    rising = checks.rising("blur_widths", widths, low=0.0, high=math.inf)
    if rising[0] != 0:
        raise ValueError(
            f"blur_widths[0] = {rising[0]:g}: level 0 is the clean image; put 0 before the widths"
        )
    return rising
