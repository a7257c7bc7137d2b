"""DDPM's two samplers: ancestral (Ho et al.) and DDIM (Song et al., ICLR 2021)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, Protocol

from torch import Tensor

from beyond_blur.processes import checks
from beyond_blur.processes.noise import Noise


class Sampler(Protocol):
    """A step back from level k to a level below."""

    def step(
        self,
        prediction: Tensor,
        x_k: Tensor,
        abar: float,
        abar_previous: float,
        noise: Noise | None,
    ) -> Tensor:
        """The state of the level below, by the predicted noise; its mean if ``noise`` is None."""
        ...


@dataclass(frozen=True)
class Ancestral:
    """DDPM's step (algorithm 2): the posterior of x_{k-1} given x_k and the predicted x_0.

    Attributes
    ----------
    variance : {"fixed_large", "fixed_small"}
        beta_k, right for white-noise data, or the posterior's own variance, right for a single
        image (section 3.2). The paper's CIFAR-10 runs use the large one.
    clip : bool
        Whether the predicted x_0 is cut to [-1, 1].
    """

    variance: Literal["fixed_large", "fixed_small"] = "fixed_large"
    clip: bool = True

    def __post_init__(self) -> None:
        checks.one_of("variance", self.variance, ("fixed_large", "fixed_small"))

    def step(
        self,
        prediction: Tensor,
        x_k: Tensor,
        abar: float,
        abar_previous: float,
        noise: Noise | None,
    ) -> Tensor:
        """Mean of eq. 7 plus noise of the chosen variance; the mean where ``noise`` is None."""
        alpha = abar / abar_previous
        small = (1 - alpha) * (1 - abar_previous) / (1 - abar)
        x_0 = predicted_image(prediction, x_k, abar, self.clip)
        mean = (
            math.sqrt(abar_previous) * (1 - alpha) / (1 - abar) * x_0
            + math.sqrt(alpha) * (1 - abar_previous) / (1 - abar) * x_k
        )
        if noise is None:
            return mean
        variance = 1 - alpha if self.variance == "fixed_large" else small
        return mean + math.sqrt(variance) * noise.normal(mean)


@dataclass(frozen=True)
class DDIM:
    """DDIM's step (eq. 12): the predicted x_0 with the predicted noise put back at level k - 1.

    Attributes
    ----------
    eta : float
        0 is deterministic; 1 is the ancestral step with the small variance.
    clip : bool
        Whether the predicted x_0 is cut to [-1, 1]; the noise put back is then the one that belongs
        to the cut image.
    """

    eta: float = 0.0
    clip: bool = True

    def __post_init__(self) -> None:
        if not 0 <= self.eta <= 1:
            raise ValueError(f"eta = {self.eta:g} must lie in [0, 1]: 0 is deterministic DDIM")

    def step(
        self,
        prediction: Tensor,
        x_k: Tensor,
        abar: float,
        abar_previous: float,
        noise: Noise | None,
    ) -> Tensor:
        """One step of eq. 12; without its random part where ``noise`` is None."""
        fresh = self.eta**2 * (1 - abar_previous) / (1 - abar) * (1 - abar / abar_previous)
        x_0 = predicted_image(prediction, x_k, abar, self.clip)
        epsilon = (x_k - math.sqrt(abar) * x_0) / math.sqrt(1 - abar)
        kept = math.sqrt(max(1 - abar_previous - fresh, 0.0))
        mean = math.sqrt(abar_previous) * x_0 + kept * epsilon
        if noise is None or fresh == 0:
            return mean
        return mean + math.sqrt(fresh) * noise.normal(mean)


def predicted_image(epsilon: Tensor, x_k: Tensor, abar: float, clip: bool) -> Tensor:
    """The x_0 that the predicted noise stands for (DDPM, eq. 15)."""
    x_0 = (x_k - math.sqrt(1 - abar) * epsilon) / math.sqrt(abar)
    return x_0.clamp(-1, 1) if clip else x_0
