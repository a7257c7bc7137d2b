"""Verbs of workflow/rules/sampling.smk."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from beyond_blur import artifacts, data
from beyond_blur import sampling as sampler
from beyond_blur.cli.training import load_network
from beyond_blur.config import plain, slug
from beyond_blur.jobs import SamplingJob, TrajectoryJob, from_json
from beyond_blur.noise import SampleNoise
from beyond_blur.processes import ForwardProcess, build
from beyond_blur.progress import Progress
from beyond_blur.training import take_rows


def sample(spec: str, weights: str, prior: list[str], seed: int, threads: int, out: str) -> None:
    """Draw samples from a trained network."""
    job: SamplingJob = from_json(SamplingJob, spec)
    torch.set_num_threads(threads)
    process = build(job.process, job.levels, job.delta)
    model, network = load_network(weights)
    source, priors = load_prior(prior)
    rows = sampler.prior_rows(job.n_samples, len(priors.arrays["index"]), seed)
    arrays = draw(process, model, source, rows, seed, job)
    arrays["source"] = priors.arrays["index"][rows.numpy()]
    artifacts.save(
        out, arrays, kind="samples", spec={**plain(job), "seed": seed},
        packages=("numpy", "torch"),
        inputs={weights: network.checksum, "prior": priors.checksum},
    )  # fmt: skip


def load_prior(paths: list[str]) -> tuple[dict[str, Tensor], artifacts.Artifact]:
    """The rows that initial states are made from, as tensors, and their file."""
    priors = artifacts.load_shards(paths, artifacts.read_manifest(paths[0])["kind"])
    source = {
        name: torch.from_numpy(values)
        for name, values in priors.arrays.items()
        if name not in ("index", "labels")
    }
    return source, priors


def draw(
    process: ForwardProcess, model: nn.Module, source: dict[str, Tensor], rows: Tensor, seed: int,
    job: SamplingJob,
) -> dict[str, np.ndarray]:  # fmt: skip
    """Samples, the states they started from and the guesses of one call, uint8 (n, c, h, w)."""
    parts = list(sampler.batches(source, rows, seed, job.batch_size))
    progress = Progress(len(parts) * process.n_steps, 0, f"sample {slug(job.process)} seed {seed}")
    device = next(model.parameters()).device
    drawn: dict[str, list[np.ndarray]] = {"samples": [], "prior": [], "one_step": []}
    for batch, noise in parts:
        x = process.prior(batch, noise).to(device)
        drawn["prior"].append(to_bytes(process, x))
        if hasattr(process, "guess"):
            drawn["one_step"].append(to_bytes(process, sampler.one_step(process, model, x)))
        for k, state in sampler.reverse_states(process, model, x, noise):
            progress.advance(f"level {k}")
            x = state
        drawn["samples"].append(to_bytes(process, x))
    progress.close()
    return {name: np.concatenate(images) for name, images in drawn.items() if images}


def to_bytes(process: ForwardProcess, x: Tensor) -> np.ndarray:
    """States of a process as uint8 images."""
    return data.to_uint8(process.to_image(x).float().cpu().numpy())


N_SHOWN = 16
"""Images and samples followed for the strips and the spectrum."""


def trajectory(spec: str, weights: str, images: str, prior: list[str], out: str) -> None:
    """Follow a few images forward and a few samples back through the levels."""
    job: TrajectoryJob = from_json(TrajectoryJob, spec)
    torch.set_num_threads(1)
    process = build(job.process, job.levels, job.delta, job.corruption)
    shown = levels_shown(process.n_steps)
    pictures = artifacts.load(images, "images")
    forward = forward_states(process, pictures, job.seed, shown)
    model, network = load_network(weights)
    source, priors = load_prior(prior)
    rows = sampler.prior_rows(N_SHOWN, len(priors.arrays["index"]), job.seed)
    backward = backward_states(process, model, take_rows(source, rows), job.seed, shown)
    artifacts.save(
        out, {"forward": forward, "backward": backward, "levels": shown}, kind="trajectory",
        spec=plain(job), packages=("numpy", "torch"),
        inputs={weights: network.checksum, images: pictures.checksum, "prior": priors.checksum},
    )  # fmt: skip


def levels_shown(n_levels: int, n: int = 8) -> np.ndarray:
    """Levels of a strip: 0 and K and evenly spaced ones between, int64 (at most n,)."""
    return np.unique(np.linspace(0, n_levels, n).round().astype(np.int64))


def forward_states(
    process: ForwardProcess, pictures: artifacts.Artifact, seed: int, levels: np.ndarray
) -> np.ndarray:
    """The first images at the shown levels, one flow or one noise each: float32 (n, m, c, h, w)."""
    images = torch.from_numpy(data.to_float(pictures.arrays["images"][:N_SHOWN]))
    ids = pictures.arrays["index"][:N_SHOWN].tolist()
    columns = []
    for level in levels:
        k = torch.full((len(images),), int(level))
        # The same noise at every level: an image keeps its flow, or its noise, on the way.
        x_k = process.forward(images, k, SampleNoise(seed, ids))
        columns.append(process.to_image(x_k).numpy())
    return np.stack(columns, axis=1)


def backward_states(
    process: ForwardProcess, model: nn.Module, batch: dict[str, Tensor], seed: int,
    levels: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Samples at the shown levels on their way back: float32 (n, m, c, h, w), level 0 first."""
    device = next(model.parameters()).device
    rows = len(next(iter(batch.values())))
    noise = SampleNoise(seed, list(range(rows)))
    x = process.prior(batch, noise).to(device)
    states = {process.n_steps: x}
    states.update(sampler.reverse_states(process, model, x, noise))
    return np.stack([process.to_image(states[int(k)]).cpu().numpy() for k in levels], axis=1)
