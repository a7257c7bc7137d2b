"""A look at a training run: its loss on held-out images, and a grid of samples.

Both are of the averaged weights, on images, levels, flows and noise that stay the same from the
first look to the last. Neither draws from a generator that training uses. Samples are drawn with
the sampler noise of the run, ``sampling.delta`` and ``delta_spectrum``, over all levels.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.func import functional_call

from beyond_blur import finite
from beyond_blur.config import AdvectionDiffusionOptions, Training
from beyond_blur.config.rule_specs import TrainingSpec
from beyond_blur.data import pixels
from beyond_blur.data.mosaic import mosaic
from beyond_blur.processes import ForwardProcess, TrainingPair
from beyond_blur.processes.base import Predict
from beyond_blur.processes.batch import take_rows
from beyond_blur.processes.noise import BatchNoise, SampleNoise, Stream
from beyond_blur.sampling import reverse
from beyond_blur.training.finite_steps import TrainingDiverged
from beyond_blur.training.flow_pairs import maker
from beyond_blur.training.loss import prediction_losses
from beyond_blur.training.state import TrainingState

COLUMNS = 4
"""Columns and rows of a grid of samples: few enough to be drawn again and again."""

N_SAMPLES = COLUMNS**2
"""Samples in a grid."""

SPOILT = "mend the process or its options, or set training.watch_every to 0"
"""What to do where held-out pairs are not finite."""

SMALLEST_SIDE = 320
"""Pixels: grids with a shorter side are enlarged, so that a person can see them."""


@dataclass(frozen=True)
class FixedImages:
    """What every look at a run uses.

    Attributes
    ----------
    pair : TrainingPair
        Pairs of held-out images, for the loss.
    prior : mapping of str to tensor
        Rows of `N_SAMPLES` held-out images that samples start from.
    """

    pair: TrainingPair
    prior: Mapping[str, Tensor]


def fix_images(
    process: ForwardProcess, job: TrainingSpec, images: np.ndarray, image_ids: np.ndarray
) -> FixedImages:
    """Choose pairs and initial states once; the solver makes those of an advection-diffusion.

    Parameters
    ----------
    process : ForwardProcess
    job : TrainingSpec
        What the process was built from; of its training ``watch_images``, ``seed`` and ``threads``
        count.
    images : uint8 (n, c, h, w)
        Held-out images, the first of which are used.
    image_ids : int64 (n,)
        Their numbers in the dataset.

    Raises
    ------
    NotFinite
        If the pairs made of them are not finite.
    """
    training, n = job.training, job.training.watch_images
    rows = prior = {"images": torch.from_numpy(images)}
    if isinstance(job.process, AdvectionDiffusionOptions):
        rows, prior = maker("held_out")(job, images, image_ids, N_SAMPLES)
    batch = take_rows(rows, torch.arange(min(n, len(images))))
    first = take_rows(prior, torch.arange(min(N_SAMPLES, len(images))))
    noise = BatchNoise(training.seed, Stream.HELD_OUT_NOISE)
    pair = process.training_pair(batch, noise)
    for name, values in (("x_k", pair.x_k), ("target", pair.target)):
        finite.check(values, f"{name} of held-out pairs", SPOILT, "image {}".format)
    return FixedImages(pair, first)


@contextmanager
def averaged_network(state: TrainingState) -> Iterator[Predict]:
    """The network with its averaged weights and without dropout; the model stays as it was."""
    was_training = state.model.training
    state.model.eval()
    try:
        yield lambda x, k: functional_call(state.model, state.average, (x, k))
    finally:
        state.model.train(was_training)


@torch.no_grad()
def held_out_loss(
    state: TrainingState, process: ForwardProcess, pair: TrainingPair, spec: Training
) -> float:
    """Mean loss of the averaged weights on fixed pairs.

    Parameters
    ----------
    state : TrainingState
    process : ForwardProcess
    pair : TrainingPair
        Of all images; the network sees ``spec.batch_size`` of them at a time.
    spec : Training

    Raises
    ------
    TrainingDiverged
        If it is not finite.
    """
    device, total = state.group.device, 0.0
    with averaged_network(state) as predict:
        for start in range(0, len(pair.k), spec.batch_size):
            here = slice(start, start + spec.batch_size)
            part = TrainingPair(
                pair.x_k[here].to(device), pair.k[here].to(device), pair.target[here].to(device)
            )
            total += float(prediction_losses(process, predict, part, spec, device).sum())
    if not math.isfinite(total):
        raise TrainingDiverged(
            f"the loss of the averaged weights on held-out images is not finite at step "
            f"{state.step}: lower training.learning_rate"
        )
    return total / len(pair.k)


@torch.no_grad()
def sample_grid(
    state: TrainingState, process: ForwardProcess, prior: Mapping[str, Tensor], seed: int
) -> np.ndarray:
    """Samples of the averaged weights over all levels, from a fixed prior and with fixed noise.

    Parameters
    ----------
    state : TrainingState
    process : ForwardProcess
        Its reverse step adds the sampler noise that it was built with.
    prior : mapping of str to tensor
        Rows that samples start from, one for each.
    seed : int
        Seed of the sampler noise.

    Returns
    -------
    uint8 array, shape (h, w, 1 or 3): a square grid

    Raises
    ------
    NotFinite
        If a sample is not finite.
    """
    noise = SampleNoise(seed, list(range(len(next(iter(prior.values()))))))
    batch = {name: values.to(state.group.device) for name, values in prior.items()}
    with averaged_network(state) as predict:
        drawn = reverse.sample(process, predict, batch, noise)
    return tiled(pixels.to_uint8(drawn.float().cpu().numpy()), COLUMNS)


def tiled(images: np.ndarray, columns: int) -> np.ndarray:
    """Images uint8 (n, c, h, w) in rows of ``columns`` with white gaps: uint8 (H, W, c).

    Small images are enlarged by a whole factor, every pixel to a square.
    """
    times = -(-SMALLEST_SIDE // (columns * images.shape[-1]))
    images = images.repeat(max(times, 1), axis=2).repeat(max(times, 1), axis=3)
    return mosaic(images, columns, gap=2, blank=255)
