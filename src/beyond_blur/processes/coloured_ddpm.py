"""DDPM whose noise has a colour: a diagonal covariance S in the cosine basis in the place of I.

x_k = sqrt(abar_k) x_0 + sqrt(1 - abar_k) S^(1/2) eps. In the coordinates S^(-1/2) x this is DDPM,
and a linear change of coordinates leaves conditional means as they are: the posterior's mean has
the paper's two factors, its covariance is the paper's variance times S, and so `DDPM` with coloured
numbers wherever it draws is the whole process. The network predicts the noise S^(1/2) eps.

With S as the spectrum of the data all frequencies lose their signal-to-noise ratio at the same rate
(Falck et al., "A Fourier space perspective on diffusion models", 2025, arXiv 2505.11278): for
photographs about exponent 2.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

from torch import Tensor

from beyond_blur import config
from beyond_blur.config import Levels
from beyond_blur.processes.base import BuildContext, TrainingPair
from beyond_blur.processes.batch import Batch
from beyond_blur.processes.coloured_noise import coloured
from beyond_blur.processes.ddpm import DDPM
from beyond_blur.processes.noise import Noise


@dataclass(frozen=True)
class ColouredDDPM(DDPM):
    """The network predicts the coloured noise in x_k.

    Attributes
    ----------
    noise_exponent : float
        a of the noise's variance r^-a, see `coloured_noise`; 0 is DDPM to the last bit.
    """

    noise_exponent: float = 0.0

    @classmethod
    def from_options(
        cls, options: config.DDPMOptions, levels: Levels, context: BuildContext
    ) -> ColouredDDPM:
        """The process that `ColouredDDPMOptions` describe."""
        made = cast(ColouredDDPM, super().from_options(options, levels, context))
        assert isinstance(options, config.ColouredDDPMOptions), "they name this class"
        return replace(made, noise_exponent=options.noise_exponent)

    def forward(self, images: Tensor, k: Tensor, noise: Noise) -> Tensor:
        """Draw from q(x_k | x_0) = N(sqrt(abar_k) x_0, (1 - abar_k) S)."""
        return super().forward(images, k, coloured(noise, self.noise_exponent))

    def training_pair(self, batch: Batch, noise: Noise) -> TrainingPair:
        """Input x_k at a uniform level, target S^(1/2) eps."""
        return super().training_pair(batch, coloured(noise, self.noise_exponent))

    def prior(self, batch: Batch, noise: Noise) -> Tensor:
        """N(0, S); of the batch's images, only the shape is used."""
        return super().prior(batch, coloured(noise, self.noise_exponent))

    def jump(self, prediction: Tensor, x_k: Tensor, k: int, j: int, noise: Noise) -> Tensor:
        """The sampler's step to level j, with noise of the same colour."""
        return super().jump(prediction, x_k, k, j, coloured(noise, self.noise_exponent))

    def noise_variance(self, k: int) -> float:
        """Variance of white noise in a state, in squared grey values; coloured noise is none."""
        return 0.0 if self.noise_exponent else super().noise_variance(k)
