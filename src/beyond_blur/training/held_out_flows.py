"""Held-out images under fixed flows: what an advection-diffusion run is followed by."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from beyond_blur.config import AdvectionDiffusionOptions
from beyond_blur.config.level_checks import last_trained
from beyond_blur.config.rule_specs import TrainingSpec
from beyond_blur.corruption import pairs
from beyond_blur.corruption.backend import choose
from beyond_blur.data import pixels
from beyond_blur.lbm.trajectory import Trajectory

Rows = dict[str, Tensor]


def fixed_rows(
    job: TrainingSpec, images: np.ndarray, image_ids: np.ndarray, n_samples: int
) -> tuple[Rows, Rows]:
    """Rows of pairs for the loss, and of states that samples start from.

    Parameters
    ----------
    job : TrainingSpec
        Of an advection-diffusion process; of its training ``watch_images`` and ``threads`` count.
    images : uint8 (n, c, h, w)
        Held-out images, the first of which are used.
    image_ids : int64 (n,)
        Their numbers in the dataset.
    n_samples : int
        States to start from.

    Returns
    -------
    pairs : dict
        ``x_k``, ``x_previous`` float32 (watch_images, c, h, w) and ``k`` int64 (watch_images,).
    prior : dict
        ``terminal`` float32 (n_samples, c, h, w).

    Raises
    ------
    RuntimeError
        If the backend cannot run here.
    """
    training, spec, levels, n = job.training, job.process, job.levels, job.training.watch_images
    assert isinstance(spec, AdvectionDiffusionOptions) and job.corruption is not None
    options = replace(job.corruption, threads=training.threads, draws=1, levels_per_draw=1)
    trajectory = Trajectory.from_options(spec, levels, options)
    backend = choose(options, trajectory, images.shape[1:])
    last_level = last_trained(levels.n_levels, levels.train_last_level)
    made = pairs.draw_pairs(
        pixels.to_float(images[:n]), image_ids[:n], trajectory, options, backend,
        last_level=last_level,
    )  # fmt: skip
    rows = {name: torch.from_numpy(made[name]) for name in ("x_k", "x_previous", "k")}
    terminal = pairs.terminal_states(
        pixels.to_float(images[:n_samples]), image_ids[:n_samples], trajectory, options.seed,
        backend,
    )  # fmt: skip
    return rows, {"terminal": torch.from_numpy(terminal)}
