"""The samples of one seed, batch by batch, each kept as soon as it is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from beyond_blur import finite
from beyond_blur.config import Corruption, ProcessSpec, to_json_values
from beyond_blur.config.rule_specs import SamplingSpec, TrajectorySpec
from beyond_blur.data import pixels
from beyond_blur.network.predictor import Predictor
from beyond_blur.processes import ForwardProcess, Guessing, build
from beyond_blur.processes.base import Predict
from beyond_blur.processes.noise import Noise
from beyond_blur.progress import Progress
from beyond_blur.sampling import reverse
from beyond_blur.sampling.level_watch import DIVERGED, sample_name
from beyond_blur.sampling.priors import Prior, batches, prior_rows
from beyond_blur.storage import code
from beyond_blur.storage.unfinished import FinishedBatches


def build_for(
    job: SamplingSpec | TrajectorySpec, corruption: Corruption | None = None
) -> ForwardProcess:
    """The process that a job samples from; with a corruption also its forward marginal."""
    return build(
        job.process,
        job.levels,
        job.sampling.step_noise,
        corruption,
        prior_noise=job.sampling.prior_noise,
        last_noise=job.sampling.last_noise,
        delta_spectrum=job.sampling.delta_spectrum,
    )


def device_of(network: nn.Module) -> torch.device:
    """The device that a network's weights lie on."""
    return next(network.parameters()).device


def predictor_for(
    job: SamplingSpec | TrajectorySpec, network: nn.Module, n_samples: int
) -> Predictor:
    """A trained network as sampling calls it, for so many samples in batches of the job's size."""
    options = job.sampling
    n_batches = -(-n_samples // options.batch_size)
    return Predictor(
        network,
        options.precision,
        options.compile,
        calls=n_batches * (options.steps or build_for(job).n_steps),
        rows=min(options.batch_size, n_samples),
    )


def draw(
    job: SamplingSpec, predict: Predictor, prior: Prior, seed: int, finished: FinishedBatches
) -> dict[str, np.ndarray]:
    """The samples of one seed; batches that are finished already are not drawn again.

    Parameters
    ----------
    job : SamplingSpec
    predict : Predictor
        See `predictor_for`.
    prior : Prior
        What initial states are made from.
    seed : int
        Decides which rows of the prior serve, and all noise.
    finished : FinishedBatches
        Takes every batch as soon as it is drawn; see `identity` for what it is to be called by.

    Returns
    -------
    dict of str to array
        ``samples``, the initial states ``prior`` and, where the process can guess, its guess from
        one network call ``one_step``: uint8 (n, c, h, w); ``source``, int64 (n,): number in the
        dataset of the image that each initial state was made from.
    """
    options, process = job.sampling, build_for(job)
    rows = prior_rows(options.n_samples, len(prior.index), seed)
    n_batches = -(-len(rows) // options.batch_size)
    drawn = [finished.load(batch_name(i)) for i in range(n_batches)]
    n_done, n_calls = (
        sum(batch is not None for batch in drawn),
        options.steps or process.n_steps,
    )
    label = f"sample {job.name} seed {seed}"
    if n_done:
        print(f"{label}: {n_done} of {n_batches} batches are drawn already", flush=True)
    progress = Progress(n_batches * n_calls, n_done * n_calls, label)
    whole: list[Mapping[str, np.ndarray]] = []
    for i, (batch, noise) in enumerate(batches(prior.arrays, rows, seed, options.batch_size)):
        made = drawn[i]
        if made is None:
            x_K = reverse.initial_states(process, batch, noise, device_of(predict))
            made = draw_batch(process, predict, x_K, noise, options.steps, progress)
            finished.save(batch_name(i), made)
        whole.append(made)
    progress.close()
    arrays = {name: np.concatenate([batch[name] for batch in whole]) for name in whole[0]}
    return {**arrays, "source": prior.index[rows.numpy()]}


def draw_batch(
    process: ForwardProcess,
    predict: Predict,
    x_K: Tensor,
    noise: Noise,
    steps: int | None,
    progress: Progress,
) -> dict[str, np.ndarray]:
    """Samples, initial states and guesses of one batch, as `draw` returns them.

    Raises
    ------
    NotFinite
        With the level and the sample, where one is not finite.
    """
    others = {"prior": to_bytes(process, x_K)}
    if isinstance(process, Guessing):
        guess = reverse.one_step(process, predict, x_K, process.n_steps)
        at, name = f" at level {process.n_steps}", partial(sample_name, noise)
        finite.check(guess, "one-step guesses", DIVERGED, name, where=at)
        others["one_step"] = to_bytes(process, guess)
    x = x_K
    for k, state in reverse.reverse_states(process, predict, x_K, noise, steps):
        progress.advance(f"level {k}")
        x = state
    return {"samples": to_bytes(process, x), **others}


def to_bytes(process: ForwardProcess, x: Tensor) -> np.ndarray:
    """States of a process as uint8 images."""
    return pixels.to_uint8(process.to_image(x).float().cpu().numpy())


def batch_name(number: int) -> str:
    """What a finished batch is called."""
    return f"batch-{number:06d}"


def identity(
    job: SamplingSpec, seed: int, inputs: Mapping[str, str], predict: Predictor
) -> list[Any]:
    """All that a finished batch depends on: batches of another identity are drawn again.

    Parameters
    ----------
    inputs : mapping of str to str
        Checksums of weights and prior.
    predict : Predictor
        Its device counts, and what precision and compilation come to there.

    Returns
    -------
    list, JSON-ready
    """
    where = [torch.__version__, *astuple(predict.settled)]
    return [to_json_values(job), seed, *inputs.values(), *where, *code_identity(job.process)]


def code_roots(process: ProcessSpec) -> tuple[str, ...]:
    """Definitions that decide, with all they use, what a batch of samples becomes.

    The class of a process is named because it is found by its name at run time, where no import
    leads to it.
    """
    return (
        "beyond_blur.sampling.drawing:draw",
        "beyond_blur.sampling.drawing:predictor_for",
        "beyond_blur.sampling.priors:load_prior",
        "beyond_blur.network.weights:load_network",
        process.implementation,
    )


def code_identity(process: ProcessSpec) -> list[str]:
    """Checksums of the code behind `code_roots`, and of the file of a user's own process."""
    return [code.checksum(*code_roots(process)), code.own_code(process)]
