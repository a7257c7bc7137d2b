"""A forward process of one's own: pixels grow until one block is left.

Nothing else changes: the training loop, the sampler and the figures know the protocol only.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from beyond_blur.processes import Batch, TrainingPair
from beyond_blur.processes.noise import Noise


@dataclass(frozen=True)
class Pixelation:
    """Level k is the image in blocks of 2^k pixels; the network predicts the step back."""

    n_steps: int = 3
    sigma: float = 0.01

    def forward(self, images: Tensor, k: Tensor, noise: Noise) -> Tensor:
        """Block means of each image, plus a little noise."""
        rows = [blocks(image, 2 ** int(level)) for image, level in zip(images, k, strict=True)]
        return torch.stack(rows) + self.sigma * noise.normal(images)

    def training_pair(self, batch: Batch, noise: Noise) -> TrainingPair:
        """Input: level k with noise. Target: level k - 1 minus the input."""
        images = batch["images"]
        k = noise.integers(1, self.n_steps, len(images))
        x_k = self.forward(images, k, noise)
        rows = [blocks(image, 2 ** int(level - 1)) for image, level in zip(images, k, strict=True)]
        return TrainingPair(x_k, k, torch.stack(rows) - x_k)

    def prior(self, batch: Batch, noise: Noise) -> Tensor:
        """Real images at the coarsest level."""
        images = batch["images"]
        return self.forward(images, torch.full((len(images),), self.n_steps), noise)

    def reverse_step(self, prediction: Tensor, x_k: Tensor, k: int, noise: Noise) -> Tensor:
        """The step that the network predicts, then fresh noise until the last one."""
        mean = x_k + prediction
        return mean if k == 1 else mean + self.sigma * noise.normal(mean)

    def guess(self, prediction: Tensor, x_k: Tensor, k: int) -> Tensor:
        """What one prediction gives without noise: an estimate of x_{k-1}."""
        return x_k + prediction

    def to_image(self, x_0: Tensor) -> Tensor:
        """States are images already."""
        return x_0


def blocks(image: Tensor, side: int) -> Tensor:
    """An image (c, h, w) whose blocks of side x side pixels hold their mean."""
    means = torch.nn.functional.avg_pool2d(image, side)
    return means.repeat_interleave(side, -1).repeat_interleave(side, -2)
