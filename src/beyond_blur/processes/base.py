"""What every forward process is to the training loop, the sampler and the figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from torch import Tensor

from beyond_blur.config import Corruption
from beyond_blur.processes.batch import Batch
from beyond_blur.processes.noise import Noise

Predict = Callable[[Tensor, Tensor], Tensor]
"""f(x_k, k) of a process's network."""


@dataclass(frozen=True)
class TrainingPair:
    """What the network sees and what it should answer.

    Attributes
    ----------
    x_k : float tensor, shape (n, c, h, w)
        Network input: images corrupted to level k.
    k : int64 tensor, shape (n,)
        Level of each image, 1..n_steps.
    target : float tensor, shape (n, c, h, w)
        What the network is to predict from ``x_k`` and ``k``.
    """

    x_k: Tensor
    k: Tensor
    target: Tensor


@dataclass(frozen=True)
class BuildContext:
    """What a process is built with beside its own options and the blur levels.

    Attributes
    ----------
    delta : float
        Standard deviation of the noise the sampler adds at each step, for processes whose reverse
        step adds a fixed one.
    corruption : Corruption, optional
        How the lattice solver runs; needed only for the forward marginal of advection-diffusion.
    prior_noise : bool
        Whether the prior carries the noise sigma of training, for processes that train with one.
    last_noise : bool
        Whether the last reverse step adds noise as all others do.
    delta_spectrum : float
        Exponent of that noise's spectrum, for the same processes; 0 is white. See `coloured_noise`.
    """

    delta: float
    corruption: Corruption | None = None
    prior_noise: bool = True
    last_noise: bool = False
    delta_spectrum: float = 0.0


class ForwardProcess(Protocol):
    """A way to destroy images step by step, and the step back that a network can learn.

    Any class with these members is one; nothing has to be inherited. A network f is trained and
    sampled with it like this::

        for batch in batches:                                   # training
            pair = process.training_pair(batch, noise)
            prediction = f(pair.x_k, pair.k)
            loss = (prediction - pair.target).square().flatten(1).sum(1).mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()

        x = process.prior(batch, noise)                         # sampling
        for k in range(process.n_steps, 0, -1):
            x = process.reverse_step(f(x, torch.full((len(x),), k)), x, k, noise)
        images = process.to_image(x)

    A batch holds the arrays of the files that the process trains on (``trains_on`` in
    `beyond_blur.config`). Random numbers come from ``noise`` only.

    Five more members are optional, each a protocol of its own: `OwnLoss`, `Guessing`,
    `WithNoiseFloor`, `Jumping` and `Scheduled`.
    """

    @property
    def n_steps(self) -> int:
        """Number of levels K; level 0 is the clean image."""
        ...

    def training_pair(self, batch: Batch, noise: Noise) -> TrainingPair:
        """One pair per row of the batch."""
        ...

    def prior(self, batch: Batch, noise: Noise) -> Tensor:
        """The states x_K that sampling starts from, one per row of the batch."""
        ...

    def reverse_step(self, prediction: Tensor, x_k: Tensor, k: int, noise: Noise) -> Tensor:
        """x_{k-1} from x_k and the network's prediction at level k."""
        ...

    def forward(self, images: Tensor, k: Tensor, noise: Noise) -> Tensor:
        """x_k of clean images in [0, 1] at levels 0..n_steps: the forward marginal."""
        ...

    def to_image(self, x_0: Tensor) -> Tensor:
        """The final state in the grey range [0, 1] of images (not clipped)."""
        ...


@runtime_checkable
class OwnLoss(Protocol):
    """A process whose loss is not the squared error."""

    def loss_per_row(self, prediction: Tensor, pair: TrainingPair) -> Tensor:
        """The loss of every image: shape (n,)."""
        ...


@runtime_checkable
class Guessing(Protocol):
    """A process that can guess an image from one prediction: "one-step reconstruction"."""

    def guess(self, prediction: Tensor, x_k: Tensor, k: int) -> Tensor:
        """The cleanest state that one prediction gives: of x_0 where it can, else of x_{k-1}."""
        ...


@runtime_checkable
class Scheduled(Protocol):
    """A process whose levels lie on a schedule that may be given, so that they can be aligned."""

    @property
    def schedule(self) -> tuple[float, ...]:
        """What sets levels 0..K, length K + 1: alphas_cumprod, or times; falling or rising."""
        ...


@runtime_checkable
class WithNoiseFloor(Protocol):
    """A process whose states carry white noise of a known size: the floor in their spectra."""

    def noise_variance(self, k: int) -> float:
        """Variance of the white noise in x_k, in squared grey values."""
        ...


@runtime_checkable
class Jumping(Protocol):
    """A process that can be sampled with fewer network calls than it has levels."""

    def jump(self, prediction: Tensor, x_k: Tensor, k: int, j: int, noise: Noise) -> Tensor:
        """From level k to any level j below it, with one prediction.

        Parameters
        ----------
        prediction : float tensor, shape (n, c, h, w)
            The network's answer to x_k and k.
        x_k : float tensor, shape (n, c, h, w)
        k, j : int
            0 <= j < k <= n_steps.
        noise : Noise

        Returns
        -------
        x_j : float tensor, shape (n, c, h, w)
        """
        ...
