"""What the networks that are trained on the dataset itself share: layers, training, state.

A state is a plain dict of arrays, so that it can be stored anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from beyond_blur.finite import NotFinite
from beyond_blur.network.layers import check_finite, check_layers

FEATURES = 64
# Beside the weights in a state: the (c, h, w) of the images it was trained on.
IMAGE_SHAPE = "image_shape"
Network = TypeVar("Network", bound=nn.Module)


def convolutions(channels: int) -> nn.Sequential:
    """Four 3 x 3 convolutions with pooling and a linear layer: images (n, c, h, w) to (n, 64)."""
    return nn.Sequential(
        *_convolution(channels, 16),
        nn.MaxPool2d(2),
        *_convolution(16, 32),
        *_convolution(32, 64),
        nn.AdaptiveMaxPool2d(4),
        *_convolution(64, 64),
        nn.AdaptiveAvgPool2d(2),
        nn.Flatten(),
        nn.Linear(64 * 4, FEATURES),
    )


def scaled(images: np.ndarray) -> Tensor:
    """Images, uint8, as floats in [-1, 1]."""
    return torch.from_numpy(images).float() / 127.5 - 1


def fit(network: nn.Module, loss_of_step: Callable[[], Tensor], iterations: int, what: str) -> None:
    """Train with Adam and a one-cycle learning rate.

    Parameters
    ----------
    network : nn.Module
    loss_of_step : callable
        Draws a batch and returns its loss, a scalar.
    iterations : int
        Steps of the optimiser.
    what : str
        Whose loss it is, for the message.

    Raises
    ------
    NotFinite
        Naming the step whose loss is not finite.
    """
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=3e-3, total_steps=iterations)
    network.train()
    for step in range(1, iterations + 1):
        loss = loss_of_step()
        if not torch.isfinite(loss):
            raise NotFinite(f"{what}'s loss is not finite (step {step} of {iterations})")
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()


def state_of(network: nn.Module, image_shape: tuple[int, ...]) -> dict[str, np.ndarray]:
    """The arrays of a network and the (c, h, w) of the images that it was trained on."""
    state = {name: tensor.cpu().numpy() for name, tensor in network.state_dict().items()}
    return {**state, IMAGE_SHAPE: np.array(image_shape)}


def load_state(
    state: Mapping[str, np.ndarray],
    axes: Mapping[str, int],
    build: Callable[[Mapping[str, np.ndarray]], Network],
    what: str,
) -> tuple[Network, tuple[int, ...]]:
    """The network of a state, and the (c, h, w) it was trained on.

    Parameters
    ----------
    state : mapping of str to array
    axes : mapping of str to int
        Layers that the network is built from, and the axes that each has.
    build : callable
        The network, its weights not yet set, that these layers are of.
    what : str
        ``classifier`` or ``encoder``: the end of its verb's name, and the name in messages.

    Raises
    ------
    ValueError
        If it is not such a state.
    """
    missing = {IMAGE_SHAPE, *axes} - set(state)
    if missing:
        raise ValueError(f"the {what}'s state lacks {sorted(missing)}: make it with train_{what}")
    if any(state[name].ndim != number for name, number in axes.items()):
        raise ValueError(f"the {what}'s weights have other axes: make it with train_{what}")
    with torch.device("meta"):  # no weights are drawn, so no generator moves
        network = build(state)
    weights = {name: torch.tensor(state[name]) for name in state if name != IMAGE_SHAPE}
    check_layers(weights, network.state_dict(), f"the {what}")
    check_finite(weights, f"the {what}", f"train it again (rule train_{what})")
    network.load_state_dict(weights, assign=True)
    shape = np.asarray(state[IMAGE_SHAPE])
    if shape.shape != (3,) or shape.dtype.kind not in "iu" or shape.min() < 1:
        raise ValueError(f"the {what}'s images are of shape {shape}, expected (c, h, w)")
    return network.eval(), tuple(map(int, shape))


def check_shape(images: np.ndarray, trained_on: tuple[int, ...], what: str) -> None:
    """Refuse images (n, c, h, w) of another (c, h, w) than a network was trained on.

    Raises
    ------
    ValueError
        With both shapes.
    """
    if images.shape[1:] != trained_on:
        raise ValueError(
            f"images of (c, h, w) {images.shape[1:]} for {what} trained on "
            f"{trained_on}: bring them to that shape or train another"
        )


@contextmanager
def torch_settings(seed: int, n_threads: int | None) -> Iterator[None]:
    """Seed torch and set its threads for a while, leaving the caller's generator as it was."""
    threads_before = torch.get_num_threads()
    torch.set_num_threads(n_threads or threads_before)
    try:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            yield
    finally:
        torch.set_num_threads(threads_before)


def _convolution(channels_in: int, channels_out: int) -> tuple[nn.Module, ...]:
    convolution = nn.Conv2d(channels_in, channels_out, 3, padding=1, bias=False)
    return convolution, nn.BatchNorm2d(channels_out), nn.ReLU()
