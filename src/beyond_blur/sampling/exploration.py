"""What a trained network draws: shared noise or start, interpolations, the way back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from beyond_blur.config.labels import process_label
from beyond_blur.config.rule_specs import SamplingSpec
from beyond_blur.corruption.shown_levels import levels_shown
from beyond_blur.data import pixels
from beyond_blur.network.predictor import Predictor
from beyond_blur.processes import ForwardProcess
from beyond_blur.processes.base import Predict
from beyond_blur.processes.batch import take_rows
from beyond_blur.processes.noise import Noise, SampleNoise
from beyond_blur.sampling import reverse
from beyond_blur.sampling.drawing import build_for, device_of, predictor_for
from beyond_blur.sampling.interpolation import between
from beyond_blur.sampling.priors import prior_rows
from beyond_blur.sampling.request import LEVELS, Request


@dataclass(frozen=True)
class Exploration:
    """A picture's worth of samples.

    Attributes
    ----------
    images : uint8 array, shape (rows, columns, c, h, w)
    rows, columns : sequence of str
        Labels; empty where there is nothing to say.
    title : str
    """

    images: np.ndarray
    rows: Sequence[str]
    columns: Sequence[str]
    title: str


@dataclass(frozen=True)
class Sampler:
    """A trained network with its process, what it starts from and how many calls it takes.

    Attributes
    ----------
    process : ForwardProcess
    predict : callable
        f(x_k, k) of the network.
    device : torch.device
        Where the network runs.
    prior : dict of str to tensor
        What initial states are made from.
    steps : int, optional
        Network calls; by default one for every level.
    """

    process: ForwardProcess
    predict: Predict
    device: torch.device
    prior: dict[str, Tensor]
    steps: int | None

    def start_and_end(
        self, batch: dict[str, Tensor], noise: Noise, shared_state: bool
    ) -> tuple[np.ndarray, np.ndarray]:
        """Initial states and samples, uint8 (n, c, h, w) each."""
        states = self.states(batch, noise, [self.process.n_steps, 0], shared_state)
        return states[:, 0], states[:, 1]

    def states(
        self, batch: dict[str, Tensor], noise: Noise, levels: list[int], shared_state: bool
    ) -> np.ndarray:
        """States on the way back at some levels, uint8 (n, len(levels), c, h, w)."""
        x_K = reverse.initial_states(self.process, batch, noise, self.device, shared_state)
        made = reverse.trajectory(self.process, self.predict, x_K, noise, levels, self.steps)
        return pixels.to_uint8(made.numpy())

    def chosen(self, request: Request, n: int) -> tuple[Tensor, list[int]]:
        """Row of the prior and number of the noise of each of n samples, as `sample` draws them."""
        rows = prior_rows(n, len(next(iter(self.prior.values()))), request.seed)
        numbers = [0] * n if request.shared_noise else list(range(n))
        return (rows[:1].expand(n) if request.shared_state else rows), numbers


def predictor_of(request: Request, job: SamplingSpec, network: nn.Module) -> Predictor:
    """A trained network as a request's samples call it."""
    return predictor_for(job, network, request.interpolate or request.n)


def explore(
    request: Request, job: SamplingSpec, predict: Predictor, prior: dict[str, Tensor]
) -> Exploration:
    """Draw what is asked for.

    Parameters
    ----------
    request : Request
        What the picture is to show.
    job : SamplingSpec
        How samples are drawn; see `Request.job`.
    predict : Predictor
        The trained network; see `predictor_of`.
    prior : dict of str to tensor
        What initial states are made from; see `beyond_blur.sampling.priors.prior_for`.

    Raises
    ------
    ValueError
        If the process cannot take so few network calls, or an interpolation has under two points.
    """
    process = build_for(job)
    calls = job.sampling.steps or process.n_steps
    sampler = Sampler(process, predict, device_of(predict), prior, job.sampling.steps)
    name = f"{process_label(job.process)}, {calls} network call{'' if calls == 1 else 's'}"
    if request.interpolate is not None:
        return interpolations(sampler, request, request.interpolate, name)
    if request.trajectory:
        return ways(sampler, request, name)
    return samples(sampler, request, name)


def sharing(request: Request) -> str:
    """What a title says of noise and initial states."""
    said = {"the same noise": request.shared_noise, "one initial state": request.shared_state}
    return "".join(f", {what}" for what, is_so in said.items() if is_so)


def samples(sampler: Sampler, request: Request, name: str) -> Exploration:
    """Samples under the states they started from; beside the one state, where they share it."""
    rows, numbers = sampler.chosen(request, request.n)
    batch, noise = take_rows(sampler.prior, rows), SampleNoise(request.seed, numbers)
    start, end = sampler.start_and_end(batch, noise, request.shared_state)
    title = name + sharing(request)
    if request.shared_state:
        return Exploration(in_rows(np.concatenate([start[:1], end])), [], ["start"], title)
    images = in_rows(start, end)
    return Exploration(images, ["start", "sample"] * (len(images) // 2), [], title)


def ways(sampler: Sampler, request: Request, name: str) -> Exploration:
    """Samples with their way from start to end, a row each."""
    rows, numbers = sampler.chosen(request, request.n)
    batch, noise = take_rows(sampler.prior, rows), SampleNoise(request.seed, numbers)
    visited = reverse.strided_levels(sampler.process.n_steps, sampler.steps)
    levels = levels_shown(visited[::-1], request.levels or LEVELS)[::-1].tolist()
    states = sampler.states(batch, noise, levels, request.shared_state)
    columns = [f"k = {level}" for level in levels]
    return Exploration(states, [], columns, name + sharing(request))


def interpolations(sampler: Sampler, request: Request, points: int, name: str) -> Exploration:
    """Rows of samples, each from one sample to the next but one: 0 to 1, 2 to 3, ..."""
    rows, numbers = sampler.chosen(request, 2 * request.n)
    drawn = []
    for i in range(0, 2 * request.n, 2):
        batch, noise = between(
            sampler.prior,
            (int(rows[i]), int(rows[i + 1])),
            request.seed,
            (numbers[i], numbers[i + 1]),
            points,
        )
        drawn.append(sampler.start_and_end(batch, noise, request.shared_state)[1])
    columns = [f"{w:.2g}" for w in np.linspace(0, 1, points)]
    each = " in each row" if request.shared_state and request.n > 1 else ""
    return Exploration(
        np.stack(drawn), [], columns, f"{name}, interpolated{sharing(request)}{each}"
    )


def in_rows(*sets: np.ndarray, width: int = 10) -> np.ndarray:
    """Sets of images (n, c, h, w) under each other, in rows of ``width``, white where they end."""
    n, *shape = sets[0].shape
    width = min(n, width)
    n_rows = -(-n // width)
    white = np.full((n_rows * width - n, *shape), 255, np.uint8)
    tables = [np.concatenate([one, white]).reshape(n_rows, width, *shape) for one in sets]
    return np.stack(tables, axis=1).reshape(n_rows * len(sets), width, *shape)
