"""IHDM with the noise that a flow's background would be: no flow, no lattice, no transport.

A compressible flow stirs up the uniform background that images are carried on: low-frequency noise
that grows over the levels. Here that noise is drawn, of the spectrum and the size that the flow
would make at every level (`beyond_blur.lbm.background_theory`):

    x_k = F(t_k) u_0 + w_k + sigma eps,   w_k = IDCT(spread_k DCT(z)),

the same in all channels, as a flow is. The levels of a pair go together as those of one flow do:
every mode of w_{k-1} has the flow's correlation with that of w_k. What the network learns to undo
is then both the blur and the noise that one level brings: u_{k-1} + w_{k-1} - x_k. Sampling starts
from blurred images and w_K, and takes IHDM's steps.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field, replace
from typing import cast

import numpy as np
import torch
from torch import Tensor

from beyond_blur import config
from beyond_blur.config import Levels, Velocity
from beyond_blur.config.level_checks import last_trained
from beyond_blur.lbm.background_theory import background_noise
from beyond_blur.processes import checks
from beyond_blur.processes.base import BuildContext, TrainingPair
from beyond_blur.processes.batch import Batch
from beyond_blur.processes.dct import dct2, idct2
from beyond_blur.processes.heat_dissipation import HeatDissipation
from beyond_blur.processes.noise import Noise
from beyond_blur.to_device import send


@dataclass(frozen=True)
class ColouredHeatDissipation(HeatDissipation):
    """The network predicts the step back, F(t_{k-1}) u_0 + w_{k-1} - x_k.

    Attributes
    ----------
    peclet : float
        Peclet number of the flow whose noise it is; 0 is IHDM to the last bit.
    velocity : Velocity
        That flow.
    background : float
        The uniform field that it would stir up, in grey values.
    """

    peclet: float = 0.0
    velocity: Velocity = field(default_factory=Velocity)
    background: float = 9.5

    @classmethod
    def from_options(
        cls, options: config.HeatDissipationOptions, levels: Levels, context: BuildContext
    ) -> ColouredHeatDissipation:
        """The process that `ColouredHeatDissipationOptions` describe."""
        made = cast(ColouredHeatDissipation, super().from_options(options, levels, context))
        assert isinstance(options, config.ColouredHeatDissipationOptions), "they name this class"
        return replace(
            made,
            peclet=options.peclet,
            velocity=options.velocity,
            background=options.background,
        )

    def forward(self, images: Tensor, k: Tensor, noise: Noise) -> Tensor:
        """F(t_k) u_0 + w_k + sigma eps; level 0 is the clean image, without noise."""
        states = super().forward(images, k, noise)
        if self.peclet == 0:
            return states
        spread, _ = self._modes(images)
        return states + idct2(spread[k] * dct2(_in_every_channel(images, noise)))

    def training_pair(self, batch: Batch, noise: Noise) -> TrainingPair:
        """Input x_k at a uniform level, target F(t_{k-1}) u_0 + w_{k-1} - x_k."""
        if self.peclet == 0:
            return super().training_pair(batch, noise)
        images = checks.images_of(batch)
        last = last_trained(self.n_steps, self.train_last_level)
        k = send(noise.integers(1, last, len(images)), images.device)
        blurred = super().forward(images, k, noise)
        w_k, w_before = self._pair_of_noises(images, k, noise)
        x_k = blurred + w_k
        return TrainingPair(x_k, k, self._blurred(images, k - 1) + w_before - x_k)

    def prior(self, batch: Batch, noise: Noise) -> Tensor:
        """Real images blurred to level K, plus w_K and the noise that the network expects."""
        images = checks.images_of(batch)
        blurred = super().prior(batch, noise)
        if self.peclet == 0:
            return blurred
        spread, _ = self._modes(images)
        return blurred + idct2(spread[self.n_steps] * dct2(_in_every_channel(images, noise)))

    def _pair_of_noises(self, images: Tensor, k: Tensor, noise: Noise) -> tuple[Tensor, Tensor]:
        """w_k and w_{k-1}, (n, 1, h, w) each."""
        spread, likeness = self._modes(images)
        here = dct2(_in_every_channel(images, noise))
        apart = dct2(_in_every_channel(images, noise))
        shared = likeness[k]
        below = shared * here + (1 - shared.square()).clamp(min=0).sqrt() * apart
        return idct2(spread[k] * here), idct2(spread[k - 1] * below)

    def _modes(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """`BackgroundNoise` of images of this size, (K + 1, 1, h, w) each, on their device."""
        shape = (images.shape[-2], images.shape[-1])
        flow = (self.blur_widths, self.peclet, self.velocity, self.background)
        return _kept_modes(shape, *flow, images.dtype, images.device)


def _in_every_channel(images: Tensor, noise: Noise) -> Tensor:
    """Normal numbers that the channels of an image share, (n, 1, h, w)."""
    return noise.normal(images[:, :1])


@functools.lru_cache(maxsize=8)
def _kept_modes(
    shape: tuple[int, int],
    widths: tuple[float, ...],
    peclet: float,
    velocity: Velocity,
    background: float,
    dtype: torch.dtype,
    device: torch.device,
) -> tuple[Tensor, Tensor]:
    """Kept on the device, for every step asks for them."""
    found = background_noise(shape, widths, peclet, velocity, background)

    def as_tensor(values: np.ndarray) -> Tensor:
        return torch.from_numpy(values).to(device, dtype)[:, None]

    # A tensor made in inference mode could not be used in a later training step.
    with torch.inference_mode(False):
        return as_tensor(found.spread), as_tensor(found.likeness)
