"""Features of a convolutional network that was never trained: the last resort, and named so.

Random features tell distributions apart where they differ in texture and layout, and know nothing
of what is in the images. They need no file, no labels and no network access.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from beyond_blur.features.batches import in_batches
from beyond_blur.features.resize import as_rgb
from beyond_blur.storage.artifacts import checksum_of

CHANNELS = (3, 32, 64, 64)
# Features are means over the quarters of the image: a moved digit is not the same digit.
QUARTERS = 2


class RandomNetwork:
    """Three random 3 x 3 convolutions with ReLU, halving the image in between.

    Parameters
    ----------
    seed : int
        Weights are drawn by NumPy, so that they do not depend on torch's version.
    device : str
    """

    resize = "none"
    dim = CHANNELS[-1] * QUARTERS**2

    def __init__(self, *, seed: int = 0, device: str = "cpu") -> None:
        self.name = "random" if seed == 0 else f"random-{seed}"
        weights = draw_weights(seed)
        self.weights_sha256 = checksum_of(weights)
        self.layers = [torch.from_numpy(weight).to(device) for weight in weights.values()]
        self.device = device

    def __call__(self, images: np.ndarray, batch_size: int = 32) -> np.ndarray:
        """Return the features, float32 (n, 256), of `images`, uint8 (n, 1 or 3, h, w)."""
        return in_batches(self._network, self._prepare, images, self.dim, batch_size)

    def _prepare(self, images: np.ndarray) -> Tensor:
        return torch.from_numpy(as_rgb(images)).to(self.device).float() / 127.5 - 1

    def _network(self, x: Tensor) -> Tensor:
        x = F.relu(F.conv2d(x, self.layers[0], padding=1))
        for weight in self.layers[1:]:
            x = F.avg_pool2d(x, 2, ceil_mode=True)
            x = F.relu(F.conv2d(x, weight, padding=1))
        return F.adaptive_avg_pool2d(x, QUARTERS).flatten(1)


def draw_weights(seed: int) -> dict[str, np.ndarray]:
    """Return the three kernels, float32 (c_out, c_in, 3, 3), of variance 2 / fan-in (He et al.)."""
    rng = np.random.default_rng(seed)
    shapes = [(out, into, 3, 3) for into, out in pairwise(CHANNELS)]
    return {
        f"layer{number}": rng.normal(0, np.sqrt(2 / np.prod(shape[1:])), shape).astype(np.float32)
        for number, shape in enumerate(shapes)
    }
