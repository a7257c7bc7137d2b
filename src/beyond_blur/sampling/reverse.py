"""Sampling: from the prior back to images, over all levels or some. Knows no process by name."""

from __future__ import annotations

import collections
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise

import torch
from torch import Tensor

from beyond_blur import finite
from beyond_blur.processes import ForwardProcess, Guessing, Jumping
from beyond_blur.processes.base import Predict
from beyond_blur.processes.noise import Noise
from beyond_blur.sampling.level_watch import LevelWatch, sample_name

SPOILT = (
    "the terminal states or images that the prior is made of, or its noise, are not numbers; make "
    "the prior's files again"
)
"""Why initial states are not finite, and what to do."""


def strided_levels(n_levels: int, steps: int | None = None) -> list[int]:
    """The levels that sampling visits, K first and 0 last, spread evenly.

    Parameters
    ----------
    n_levels : int
        Number of levels K.
    steps : int, optional
        Network calls; by default K, which visits every level.

    Returns
    -------
    list of int, length steps + 1

    Raises
    ------
    ValueError
        If steps is not in 1..K.
    """
    steps = n_levels if steps is None else steps
    if not 1 <= steps <= n_levels:
        raise ValueError(
            f"sampling.steps = {steps}: this process has {n_levels} levels and takes 1 to "
            f"{n_levels} network calls; null takes one for every level"
        )
    # Halves are rounded up, in whole numbers: no level comes twice.
    return [(2 * n_levels * left + steps) // (2 * steps) for left in range(steps, -1, -1)]


def initial_states(
    process: ForwardProcess,
    batch: Mapping[str, Tensor],
    noise: Noise,
    device: torch.device | str = "cpu",
    shared: bool = False,
) -> Tensor:
    """The states x_K that sampling starts from, on the network's device.

    Parameters
    ----------
    batch : mapping of str to tensor
        What the prior is made from, on the CPU or on the device.
    shared : bool
        Whether all samples start from the state of the first, its noise included; the noise of the
        steps stays each sample's own.

    Returns
    -------
    float tensor, shape (n, c, h, w)

    Raises
    ------
    NotFinite
        If they are not finite.
    """
    x_K = process.prior(batch, noise).to(device)
    finite.check(x_K, "initial states", SPOILT, partial(sample_name, noise))
    return x_K[:1].repeat(len(x_K), 1, 1, 1) if shared else x_K


@torch.inference_mode()
def reverse_states(
    process: ForwardProcess,
    predict: Predict,
    x_K: Tensor,
    noise: Noise,
    steps: int | None = None,
) -> Iterator[tuple[int, Tensor]]:
    """Walk back from level K, yielding every state.

    Parameters
    ----------
    process : ForwardProcess
        Makes the state of a level below from x_k and the prediction.
    predict : callable
        f(x_k, k) with k an int64 tensor of shape (n,): a network, or anything else.
    x_K : float tensor, shape (n, c, h, w)
        Initial states.
    noise : Noise
        Where the steps' random numbers come from.
    steps : int, optional
        Network calls, spread evenly over the levels; by default one for every level.

    Yields
    ------
    k, x_k : int and float tensor, shape (n, c, h, w)
        For every level visited below K, down to 0.

    Raises
    ------
    ValueError
        If levels are to be left out and the process cannot.
    NotFinite
        Where samples are not finite: at that level on the CPU, before level 0 is yielded elsewhere.
    """
    levels = strided_levels(process.n_steps, steps)
    step = single_steps(process) if len(levels) == process.n_steps + 1 else jumps(process)
    x, watch = x_K, LevelWatch(x_K, noise)
    for k, j in pairwise(levels):
        where = torch.full((len(x),), k, dtype=torch.int64, device=x.device)
        x = step(predict(x, where).float(), x, k, j, noise)
        watch.look(j, x)
        if j == 0:
            watch.settle()
        yield j, x


Step = Callable[[Tensor, Tensor, int, int, Noise], Tensor]
"""A step back with the arguments of `Jumping.jump`."""


def single_steps(process: ForwardProcess) -> Step:
    """The process's steps from every level to the one below."""

    def step(prediction: Tensor, x_k: Tensor, k: int, j: int, noise: Noise) -> Tensor:
        return process.reverse_step(prediction, x_k, k, noise)

    return step


def jumps(process: ForwardProcess) -> Step:
    """The process's steps over several levels.

    Raises
    ------
    ValueError
        If it has none.
    """
    if not isinstance(process, Jumping):
        raise ValueError(
            f"sampling.steps leaves levels out, but {type(process).__name__} has no member jump, "
            "which steps over several levels at once: leave sampling.steps null, or add the member "
            "(see Jumping in processes/base.py)"
        )
    return process.jump


def sample(
    process: ForwardProcess,
    predict: Predict,
    batch: Mapping[str, Tensor],
    noise: Noise,
    steps: int | None = None,
) -> Tensor:
    """Draw one image per row of ``batch``.

    Parameters
    ----------
    process : ForwardProcess
    predict : callable
        f(x_k, k), e.g. a trained network in evaluation mode.
    batch : mapping of str to tensor, on the network's device
        What the prior is made from: ``images``, or ``terminal`` states.
    noise : Noise
        One row of noise per row of the batch.
    steps : int, optional
        Network calls, spread evenly over the levels; by default one for every level.

    Returns
    -------
    float tensor, shape (n, c, h, w), grey values around [0, 1], not clipped
    """
    x_K = initial_states(process, batch, noise, next(iter(batch.values())).device)
    states = reverse_states(process, predict, x_K, noise, steps)
    _, x_0 = collections.deque(states, maxlen=1).pop()
    return process.to_image(x_0)


def trajectory(
    process: ForwardProcess,
    predict: Predict,
    x_K: Tensor,
    noise: Noise,
    levels: Sequence[int],
    steps: int | None = None,
) -> Tensor:
    """The states of samples on their way back, at some of the levels visited.

    Parameters
    ----------
    x_K : float tensor, shape (n, c, h, w)
        See `initial_states`.
    levels : sequence of int
        Levels to keep, in any order; each must be one of `strided_levels`.

    Returns
    -------
    float tensor, shape (n, len(levels), c, h, w), as images, in the order of ``levels``, on the CPU

    Raises
    ------
    ValueError
        If a level is not visited.
    """
    missed = sorted(set(levels) - set(strided_levels(process.n_steps, steps)))
    if missed:
        raise ValueError(f"sampling with steps = {steps} never visits levels {missed}")
    states = reverse_states(process, predict, x_K, noise, steps)
    kept = {process.n_steps: x_K} | {k: x for k, x in states if k in levels}
    return torch.stack([process.to_image(kept[int(k)]).cpu() for k in levels], dim=1)


@torch.inference_mode()
def one_step(process: Guessing, predict: Predict, x_K: Tensor, n_levels: int) -> Tensor:
    """The process's best guess after one network call at level K: what all other calls add to.

    A process whose network predicts the image (or the noise, and so the image) guesses x_0. One
    whose network predicts the step back can do no better than its estimate of x_{K-1}.

    Parameters
    ----------
    n_levels : int
        Number of levels K of the process.

    Returns
    -------
    float tensor, shape (n, c, h, w), a state of the process
    """
    levels = torch.full((len(x_K),), n_levels, dtype=torch.int64, device=x_K.device)
    return process.guess(predict(x_K, levels).float(), x_K, n_levels)
