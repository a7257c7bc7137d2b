"""Bytes that results take on disk, by counting. Standard library only.

The workflow asks for them when it is parsed, jobs before they write.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from beyond_blur.config import rates
from beyond_blur.config.experiment import Experiment
from beyond_blur.config.job_work import FLOAT, images, network
from beyond_blur.config.options import Corruption
from beyond_blur.config.process_options import ProcessSpec
from beyond_blur.config.solver_work import numbers

HEADER = 8192
"""Bytes allowed for the header of a shard, which holds its manifest."""

NUMBER = 8
"""Bytes of an image's number and of a level, both int64."""

OF_FORMAT = {"float16": 2, "float32": 4}
"""Bytes of a number in each ``corruption.dtype``."""


def pairs_bytes(n_images: int, shape: Sequence[int], options: Corruption) -> int:
    """Bytes of a shard of training pairs.

    Parameters
    ----------
    n_images : int
    shape : (channels, height, width)
    options : Corruption
        ``draws``, ``levels_per_draw`` and ``dtype`` count.
    """
    state = math.prod(shape) * OF_FORMAT[options.dtype]
    n_pairs = n_images * options.draws * options.levels_per_draw
    return n_pairs * (2 * state + 2 * NUMBER) + HEADER


def terminal_bytes(n_images: int, shape: Sequence[int]) -> int:
    """Bytes of a shard of terminal states, float32; ``shape`` is (channels, height, width)."""
    return n_images * (math.prod(shape) * FLOAT + NUMBER) + HEADER


def samples_bytes(n_samples: int, numbers_each: int) -> int:
    """Bytes of the samples of a seed with their starts and the guesses of one network call."""
    return n_samples * (rates.SETS_OF_A_SAMPLE * numbers_each + NUMBER)


def training_bytes(parameters: int) -> int:
    """Bytes of a training's resumable state and of its averaged weights."""
    return (rates.STATE_BYTES + FLOAT) * parameters


def _shape(experiment: Experiment) -> tuple[int, int, int]:
    dataset = experiment.dataset
    return dataset.channels, dataset.size, dataset.size


def _shard(experiment: Experiment) -> int:
    return math.ceil(images(experiment) / experiment.dataset.shards)


def _features(experiment: Experiment, process: ProcessSpec) -> int:
    """Features of a split of the images or of samples, whichever are more."""
    n = max(images(experiment), rates.SETS_OF_A_SAMPLE * experiment.sampling.n_samples)
    return n * rates.FEATURE_BYTES


WRITTEN: dict[str, Callable[[Experiment, ProcessSpec], int]] = {
    "prepare_dataset": lambda experiment, _: 2 * images(experiment) * numbers(experiment),
    "cache_pairs": lambda experiment, _: pairs_bytes(
        _shard(experiment), _shape(experiment), experiment.corruption
    ),
    "terminal_states": lambda experiment, _: terminal_bytes(_shard(experiment), _shape(experiment)),
    "train": lambda experiment, _: training_bytes(network(experiment).parameters),
    "sample": lambda experiment, _: samples_bytes(
        experiment.sampling.n_samples, numbers(experiment)
    ),
    "features": _features,
}
"""Bytes that a job of a kind leaves, at most; others leave a few megabytes."""
