"""One training pair of one image, made as a network in training gets it."""

from __future__ import annotations

import numpy as np
import torch

from beyond_blur.analysis.carried_image import run_of
from beyond_blur.config.rule_specs import TrajectorySpec
from beyond_blur.processes import build
from beyond_blur.processes.base import TrainingPair
from beyond_blur.processes.noise import SampleNoise

SHARE = 1 / 3
"""Of the levels, at which a pair of a flow is shown; other processes draw the level themselves."""


def training_pair(job: TrajectorySpec, image: np.ndarray, image_id: int) -> TrainingPair:
    """What the network of a process is given of an image (c, h, w) in [0, 1], and its target.

    Returns
    -------
    TrainingPair
        Of one row.
    """
    process = build(job.process, job.levels, job.sampling.step_noise, job.corruption)
    noise = SampleNoise(job.seed, [image_id])
    if job.process.trains_on != "pairs":
        return process.training_pair({"images": torch.from_numpy(image[None])}, noise)
    k = max(1, round(SHARE * process.n_steps))
    run = run_of(job.process.name, job, image, image_id)
    x_k, x_previous = torch.from_numpy(run.states(np.array([k, k - 1])))[:, None]
    return process.training_pair(
        {"x_k": x_k, "x_previous": x_previous, "k": torch.tensor([k])}, noise
    )
