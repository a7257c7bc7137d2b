"""What every forward process is to the training loop, the sampler and the figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from beyond_blur.processes.noise import Noise

Predict = Callable[[Tensor, Tensor], Tensor]
"""f(x_k, k) of a process's network."""

Batch = Mapping[str, Tensor]


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


class ForwardProcess(Protocol):
    """A way to destroy images step by step, and the step back that a network can learn.

    A batch is a mapping of tensors with one first axis, straight from the files the process trains
    on (``trains_on`` in `beyond_blur.config`). Random numbers come from ``noise`` only.

    Four members are optional: ``loss_per_row(prediction, pair)``, shape (n,), where the loss is
    not the squared error; ``guess(prediction, x_k, k)``, the cleanest state that one prediction
    gives (of x_0 where it can, else of x_{k-1}), for the row "one-step reconstruction" of the
    table; ``noise_variance(k)``, the noise floor of figure 2; and ``jump``, a step over several
    levels at once, for ``sampling.steps`` (see `Jumping`).
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


class Jumping(ForwardProcess, Protocol):
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
