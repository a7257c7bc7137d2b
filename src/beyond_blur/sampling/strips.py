"""A few images followed forward, and a few samples followed back, through the levels."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch

from beyond_blur import finite
from beyond_blur.config.rule_specs import TrajectorySpec
from beyond_blur.corruption.shown_levels import levels_shown
from beyond_blur.corruption.states import UNSTABLE
from beyond_blur.data import pixels
from beyond_blur.network.predictor import Predictor
from beyond_blur.processes import ForwardProcess
from beyond_blur.processes.batch import take_rows
from beyond_blur.processes.noise import SampleNoise
from beyond_blur.sampling import reverse
from beyond_blur.sampling.drawing import build_for, device_of
from beyond_blur.sampling.priors import Prior, prior_rows

N_SHOWN = 16
"""Images and samples followed for the strips and the spectrum."""


def follow(
    job: TrajectorySpec, pictures: Mapping[str, np.ndarray], predict: Predictor, prior: Prior
) -> dict[str, np.ndarray]:
    """The first images on their way forward and the first samples on their way back.

    Parameters
    ----------
    job : TrajectorySpec
    pictures : mapping of str to array
        Images, uint8 (n, c, h, w), and their ``index`` in the dataset.
    predict : Predictor
        The trained network; see `beyond_blur.sampling.drawing.predictor_for`.
    prior : Prior
        What initial states are made from.

    Returns
    -------
    dict of str to array
        ``forward`` and ``backward``, float32 (n, len(levels), c, h, w) each, and the ``levels``,
        int64, increasing: some of those that sampling visits.
    """
    process = build_for(job, job.corruption)
    levels = levels_shown(reverse.strided_levels(process.n_steps, job.sampling.steps)[::-1])
    rows = prior_rows(N_SHOWN, len(prior.index), job.seed)
    batch, noise = take_rows(prior.arrays, rows), SampleNoise(job.seed, list(range(N_SHOWN)))
    x_K = reverse.initial_states(process, batch, noise, device_of(predict))
    backward = reverse.trajectory(process, predict, x_K, noise, levels.tolist(), job.sampling.steps)
    forward = forward_states(process, pictures, job.seed, levels)
    return {"forward": forward, "backward": backward.numpy(), "levels": levels}


def forward_states(
    process: ForwardProcess, pictures: Mapping[str, np.ndarray], seed: int, levels: np.ndarray
) -> np.ndarray:
    """The first images at some levels, one flow or one noise each: float32 (n, m, c, h, w)."""
    images = torch.from_numpy(pixels.to_float(pictures["images"][:N_SHOWN]))
    ids = pictures["index"][:N_SHOWN].tolist()
    columns = []
    for level in levels:
        k = torch.full((len(images),), int(level))
        # The same noise at every level: an image keeps its flow, or its noise, on the way.
        x_k = process.to_image(process.forward(images, k, SampleNoise(seed, ids)))
        finite.check(x_k, f"states at level {level}", UNSTABLE, lambda i: f"image {ids[i]}")
        columns.append(x_k.numpy())
    return np.stack(columns, axis=1)
