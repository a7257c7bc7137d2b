"""A small network trained on the dataset's images alone: a stand-in where there are no labels.

Two random views of an image shall have like features, and the features of a batch shall vary and
not repeat one another (VICReg). It learns what is in the folder and nothing else: distances of its
features are no FID, and those of two folders do not compare.

References
----------
Bardes, Ponce and LeCun, "VICReg: variance-invariance-covariance regularization for self-supervised
learning", ICLR 2022. Random crops come from Chen et al., "A simple framework for contrastive
learning of visual representations", ICML 2020.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from beyond_blur.features import small_network as small
from beyond_blur.features.batches import check_images, in_batches
from beyond_blur.features.views import random_views
from beyond_blur.storage.artifacts import checksum_of

LARGEST = 64
"""Pixels that the network sees along a side, at most."""

PROJECTED = 128
"""Numbers that the loss compares; the layers that make them are thrown away after training."""

# Weights of the three terms of the loss, and the step away from sqrt(0), as published.
INVARIANCE, VARIANCE, COVARIANCE = 25.0, 25.0, 1.0
EPSILON = 1e-4

TOLD_APART = 256
"""Images among which the other view of each is looked for."""


class EncoderNetwork(nn.Module):
    """64 features of images (n, c, h, w) in [-1, 1]."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = small.convolutions(channels)

    def forward(self, images: Tensor) -> Tensor:
        """Features (n, 64)."""
        return self.body(images)


class SelfSupervised:
    """Features of an encoder trained without labels.

    Parameters
    ----------
    state : dict of arrays
        As returned by `train_encoder`.
    device : str

    Raises
    ------
    ValueError
        If the state is not one of `train_encoder`, or not finite.
    """

    name = "self-supervised"
    resize = f"antialiased bicubic to {LARGEST} where larger"
    dim = small.FEATURES

    def __init__(self, state: Mapping[str, np.ndarray], *, device: str = "cpu") -> None:
        axes = {"body.0.weight": 4}
        self.network, self.image_shape = small.load_state(state, axes, _build, "encoder")
        self.network.to(device)
        self.weights_sha256 = checksum_of(state)
        self.device = device

    def __call__(self, images: np.ndarray, batch_size: int = 32) -> np.ndarray:
        """Return the features, float32 (n, 64), of `images`, uint8 (n, c, h, w) as trained on."""
        return in_batches(self.network, self._prepare, images, self.dim, batch_size)

    def _prepare(self, images: np.ndarray) -> Tensor:
        small.check_shape(images, self.image_shape, "an encoder")
        return fitted(images).to(self.device)


def train_encoder(
    images: np.ndarray,
    *,
    seed: int,
    held_out: np.ndarray | None = None,
    iterations: int = 600,
    batch_size: int = 128,
    n_threads: int | None = None,
    device: str = "cpu",
) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    """Train an encoder on images without labels.

    Parameters
    ----------
    images : uint8 array, shape (n, c, h, w)
    seed : int
        On the CPU the same seed, data and number of threads give the same weights.
    held_out : uint8 array, shape (m, c, h, w), optional
        Images the training does not see, for the shares.
    iterations, batch_size : int
        Steps of the optimiser, and images in each, of which it sees two views.
    n_threads : int, optional
        torch's threads during the training.
    device : str

    Returns
    -------
    state : dict of arrays
        For `SelfSupervised`.
    found : dict
        Shares of images whose two views are nearest to each other among `TOLD_APART` others:
        "train", and "held_out" where given.

    Raises
    ------
    ValueError
        For fewer than two images, or held-out images of another shape; if a loss or the weights
        are not finite.
    """
    images = check_images(images)
    if len(images) < 2:
        raise ValueError("an encoder learns to tell images apart: it needs two or more, not 1")
    if held_out is not None:
        held_out = check_images(held_out)
        small.check_shape(held_out, images.shape[1:], "an encoder")
    with small.torch_settings(seed, n_threads):
        network = EncoderNetwork(images.shape[1]).to(device)
        # Faster on CPUs, and the same function.
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        _fit(network, images, seed, iterations, batch_size, device)
        state = small.state_of(network, images.shape[1:])
        encoder = SelfSupervised(state, device=device)
        sets = {"train": images} if held_out is None else {"train": images, "held_out": held_out}
        return state, {name: found_again(encoder, some, seed) for name, some in sets.items()}


def fitted(images: np.ndarray) -> Tensor:
    """Images, uint8 (n, c, h, w), as floats in [-1, 1], no side longer than `LARGEST`."""
    floats = small.scaled(images)
    size = [min(side, LARGEST) for side in images.shape[2:]]
    if tuple(size) == images.shape[2:]:
        return floats
    return F.interpolate(floats, size, mode="bicubic", antialias=True)


def vicreg_loss(first: Tensor, second: Tensor) -> Tensor:
    """Invariance, variance and covariance terms of two views, (n, d) each, weighted and summed."""
    loss = INVARIANCE * F.mse_loss(first, second)
    for view in (first, second):
        centred = view - view.mean(0)
        spread = torch.sqrt(centred.square().sum(0) / (len(view) - 1) + EPSILON)
        covariance = centred.T @ centred / (len(view) - 1)
        mixed = covariance.square().sum() - covariance.diagonal().square().sum()
        loss = loss + VARIANCE * F.relu(1 - spread).mean() / 2 + COVARIANCE * mixed / view.shape[1]
    return loss


def found_again(encoder: SelfSupervised, images: np.ndarray, seed: int) -> float:
    """Share of the first images whose two views have features nearest to each other's."""
    rng = np.random.default_rng(seed)
    some = fitted(images[:TOLD_APART])
    with torch.inference_mode():
        views = (random_views(some, rng).to(encoder.device) for _ in range(2))
        first, second = (encoder.network(view) for view in views)
        nearest = torch.cdist(first, second).argmin(1).cpu()
    return float((nearest == torch.arange(len(some))).float().mean())


def _build(state: Mapping[str, np.ndarray]) -> EncoderNetwork:
    return EncoderNetwork(state["body.0.weight"].shape[1])


def _fit(
    network: nn.Module,
    images: np.ndarray,
    seed: int,
    iterations: int,
    batch_size: int,
    device: str,
) -> None:
    projector = nn.Sequential(
        nn.ReLU(),  # features are what comes before: less is lost of blur and noise
        nn.Linear(small.FEATURES, PROJECTED),
        nn.BatchNorm1d(PROJECTED),
        nn.ReLU(),
        nn.Linear(PROJECTED, PROJECTED),
    ).to(device)
    projected = nn.Sequential(network, projector)
    rng = np.random.default_rng(seed)

    def loss() -> Tensor:
        batch = fitted(images[rng.integers(len(images), size=batch_size)])
        views = torch.cat([random_views(batch, rng), random_views(batch, rng)])
        views = views.to(device, memory_format=torch.channels_last)
        first, second = projected(views).chunk(2)
        return vicreg_loss(first, second)

    small.fit(projected, loss, iterations, "the encoder")
