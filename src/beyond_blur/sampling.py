"""Sampling: from the prior back to images, one level at a time. Knows no process by name."""

from __future__ import annotations

import collections
from collections.abc import Callable, Iterable, Iterator, Mapping

import torch
from torch import Tensor, nn

from beyond_blur.noise import Noise, SampleNoise
from beyond_blur.processes import ForwardProcess
from beyond_blur.training import take_rows


@torch.inference_mode()
def reverse_states(
    process: ForwardProcess, model: nn.Module, x_K: Tensor, noise: Noise
) -> Iterator[tuple[int, Tensor]]:
    """Walk back from level K, yielding every state.

    Parameters
    ----------
    process : ForwardProcess
        Makes x_{k-1} from x_k and the prediction.
    model : callable
        f(x_k, k) with k an int64 tensor of shape (n,).
    x_K : float tensor, shape (n, c, h, w)
        Initial states.
    noise : Noise
        Where the steps' random numbers come from.

    Yields
    ------
    k, x_k : int and float tensor, shape (n, c, h, w)
        For k = K - 1, ..., 0.
    """
    x = x_K
    for k in range(process.n_steps, 0, -1):
        levels = torch.full((len(x),), k, dtype=torch.int64, device=x.device)
        x = process.reverse_step(model(x, levels).float(), x, k, noise)
        yield k - 1, x


def sample(
    process: ForwardProcess,
    model: nn.Module,
    batch: Mapping[str, Tensor],
    noise: Noise,
) -> Tensor:
    """Draw one image per row of ``batch``.

    Returns
    -------
    float tensor, shape (n, c, h, w), grey values around [0, 1], not clipped
    """
    x_K = process.prior(batch, noise)
    states = collections.deque(reverse_states(process, model, x_K, noise), maxlen=1)
    _, x_0 = states.pop()
    return process.to_image(x_0)


@torch.inference_mode()
def one_step(process: ForwardProcess, model: nn.Module, x_K: Tensor) -> Tensor:
    """The process's best guess after one network call at level K: what all other calls add to.

    A process whose network predicts the image (or the noise, and so the image) guesses x_0. One
    whose network predicts the step back can do no better than its estimate of x_{K-1}.

    Returns
    -------
    float tensor, shape (n, c, h, w), a state of the process
    """
    levels = torch.full((len(x_K),), process.n_steps, dtype=torch.int64, device=x_K.device)
    guess: Callable[[Tensor, Tensor, int], Tensor] = process.guess  # type: ignore[attr-defined]
    return guess(model(x_K, levels).float(), x_K, process.n_steps)


def prior_rows(n_samples: int, n_rows: int, seed: int) -> Tensor:
    """Which image each sample's initial state comes from: all once before any comes again.

    Returns
    -------
    int64 tensor, shape (n_samples,)
    """
    rounds = -(-n_samples // n_rows)
    orders = [
        torch.randperm(n_rows, generator=torch.Generator().manual_seed(seed * 1_000_003 + r))
        for r in range(rounds)
    ]
    return torch.cat(orders)[:n_samples]


def batches(
    source: Mapping[str, Tensor], rows: Tensor, seed: int, batch_size: int
) -> Iterable[tuple[dict[str, Tensor], Noise]]:
    """Cut the samples into batches, each sample with its own source of noise."""
    for start in range(0, len(rows), batch_size):
        numbers = range(start, min(start + batch_size, len(rows)))
        here = rows[start : start + batch_size]
        yield take_rows(source, here), SampleNoise(seed, list(numbers))
