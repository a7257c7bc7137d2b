"""Samples batch by batch, kept as they are drawn; forward and reverse strips."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from beyond_blur.config import Corruption, slug
from beyond_blur.config.rule_specs import SamplingJob, TrajectoryJob
from beyond_blur.data import pixels
from beyond_blur.processes import ForwardProcess, build
from beyond_blur.processes.noise import Noise, SampleNoise
from beyond_blur.progress import Progress
from beyond_blur.sampling import priors, reverse
from beyond_blur.storage import artifacts
from beyond_blur.storage.unfinished import Parts

CODE = ("sampling", "network", "processes")
"""Modules whose code decides what samples become; parts made by other code are not taken over."""


def build_for(
    job: SamplingJob | TrajectoryJob, corruption: Corruption | None = None
) -> ForwardProcess:
    """The process that a job samples from; with a corruption also its forward marginal."""
    return build(
        job.process, job.levels, job.delta, corruption,
        prior_noise=job.prior_noise, last_noise=job.last_noise,
    )  # fmt: skip


def draw(
    process: ForwardProcess, model: nn.Module, source: dict[str, Tensor], rows: Tensor, seed: int,
    job: SamplingJob, parts: Parts,
) -> dict[str, np.ndarray]:  # fmt: skip
    """Samples, the states they started from and the guesses of one call, uint8 (n, c, h, w).

    Every batch is kept as a part as soon as it is drawn; parts that are there are not drawn again.
    """
    n_batches = -(-len(rows) // job.batch_size)
    done = [parts.load(f"batch-{i:06d}") for i in range(n_batches)]
    n_done, n_calls = sum(part is not None for part in done), job.steps or process.n_steps
    label = f"sample {slug(job.process)} seed {seed}"
    if n_done:
        print(f"{label}: {n_done} of {n_batches} batches are drawn already", flush=True)
    progress = Progress(n_batches * n_calls, n_done * n_calls, label)
    for i, (batch, noise) in enumerate(priors.batches(source, rows, seed, job.batch_size)):
        if done[i] is None:
            drawn = draw_batch(process, model, batch, noise, job.steps, progress)
            parts.save(f"batch-{i:06d}", drawn)
            done[i] = drawn
    progress.close()
    whole = [part for part in done if part is not None]
    return {name: np.concatenate([part[name] for part in whole]) for name in whole[0]}


def draw_batch(
    process: ForwardProcess, model: nn.Module, batch: dict[str, Tensor], noise: Noise,
    steps: int | None, progress: Progress,
) -> dict[str, np.ndarray]:  # fmt: skip
    """The arrays of `draw` for one batch."""
    device = next(model.parameters()).device
    x = process.prior(batch, noise).to(device)
    drawn = {"prior": to_bytes(process, x)}
    if hasattr(process, "guess"):
        drawn["one_step"] = to_bytes(process, reverse.one_step(process, model, x))
    for k, state in reverse.reverse_states(process, model, x, noise, steps):
        progress.advance(f"level {k}")
        x = state
    return {"samples": to_bytes(process, x), **drawn}


def to_bytes(process: ForwardProcess, x: Tensor) -> np.ndarray:
    """States of a process as uint8 images."""
    return pixels.to_uint8(process.to_image(x).float().cpu().numpy())


N_SHOWN = 16
"""Images and samples followed for the strips and the spectrum."""


def forward_states(
    process: ForwardProcess, pictures: artifacts.Artifact, seed: int, levels: np.ndarray
) -> np.ndarray:
    """The first images at the shown levels, one flow or one noise each: float32 (n, m, c, h, w)."""
    images = torch.from_numpy(pixels.to_float(pictures.arrays["images"][:N_SHOWN]))
    ids = pictures.arrays["index"][:N_SHOWN].tolist()
    columns = []
    for level in levels:
        k = torch.full((len(images),), int(level))
        # The same noise at every level: an image keeps its flow, or its noise, on the way.
        x_k = process.forward(images, k, SampleNoise(seed, ids))
        columns.append(process.to_image(x_k).numpy())
    return np.stack(columns, axis=1)
