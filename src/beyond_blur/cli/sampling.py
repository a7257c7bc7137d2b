"""Verbs of workflow/rules/sampling.smk."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from beyond_blur import artifacts, corruption, data
from beyond_blur import sampling as sampler
from beyond_blur.cli.training import load_network
from beyond_blur.config import plain, slug
from beyond_blur.jobs import CorruptionJob, SamplingJob, from_json
from beyond_blur.lbm.units import LatticeSchedule, blur_widths
from beyond_blur.noise import SampleNoise
from beyond_blur.processes import ForwardProcess, build
from beyond_blur.progress import Progress


def sample(
    spec: str, weights: str, prior: list[str], seed: int, threads: int, out: str
) -> None:  # fmt: skip
    """Draw samples from a trained network."""
    job: SamplingJob = from_json(SamplingJob, spec)
    torch.set_num_threads(threads)
    process = build(job.process, job.levels, job.delta)
    model, network = load_network(weights)
    source, priors = load_prior(prior)
    rows = sampler.prior_rows(job.n_samples, len(priors.arrays["index"]), seed)
    images, starts = draw(process, model, source, rows, seed, job)
    artifacts.save(
        out,
        {"samples": images, "prior": starts, "source": priors.arrays["index"][rows.numpy()]},
        kind="samples", spec={**plain(job), "seed": seed}, packages=("numpy", "torch"),
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
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Samples and the initial states they came from, both uint8 (n, c, h, w)."""
    parts = list(sampler.batches(source, rows, seed, job.batch_size))
    progress = Progress(len(parts) * process.n_steps, 0, f"sample {slug(job.process)} seed {seed}")
    device = next(model.parameters()).device
    images, starts = [], []
    for batch, noise in parts:
        x = process.prior(batch, noise).to(device)
        starts.append(data.to_uint8(process.to_image(x).cpu().numpy()))
        for k, state in sampler.reverse_states(process, model, x, noise):
            progress.advance(f"level {k}")
            x = state
        images.append(data.to_uint8(process.to_image(x).cpu().numpy()))
    progress.close()
    return np.concatenate(images), np.concatenate(starts)


def trajectory(
    spec: str, corruption: str, weights: str, images: str, prior: list[str], seed: int, out: str
) -> None:
    """Follow a few images forward and a few samples back through the levels."""
    job: SamplingJob = from_json(SamplingJob, spec)
    torch.set_num_threads(1)
    shown = levels_shown(job.levels.n_levels)
    pictures = artifacts.load(images, "images")
    forward = forward_states(from_json(CorruptionJob, corruption), pictures, shown, N_SHOWN)
    process = build(job.process, job.levels, job.delta)
    model, network = load_network(weights)
    source, priors = load_prior(prior)
    rows = sampler.prior_rows(N_SHOWN, len(priors.arrays["index"]), seed)
    backward = backward_states(process, model, {k: v[rows] for k, v in source.items()}, seed, shown)
    artifacts.save(
        out, {"forward": forward, "backward": backward, "levels": shown}, kind="trajectory",
        spec=plain(job), packages=("numpy", "torch"),
        inputs={weights: network.checksum, images: pictures.checksum, "prior": priors.checksum},
    )  # fmt: skip


N_SHOWN = 16
"""Images and samples followed for the strips and the spectrum."""


def levels_shown(n_levels: int, n: int = 8) -> np.ndarray:
    """Levels of a strip: 0 and K and evenly spaced ones between, int64 (at most n,)."""
    return np.unique(np.linspace(0, n_levels, n).round().astype(np.int64))


def forward_states(
    job: CorruptionJob, pictures: artifacts.Artifact, levels: np.ndarray, n: int
) -> np.ndarray:
    """The first images at the shown levels, each under one flow: float32 (n, m, c, h, w)."""
    schedule = LatticeSchedule.from_blur_widths(blur_widths(job.levels))
    values = data.to_float(pictures.arrays["images"][:n])
    ids = pictures.arrays["index"][:n]
    seeds = corruption.flow_seeds(job.corruption.seed, ids, 0)
    keep = np.tile(levels, (len(values), 1))
    return corruption.corrupt(
        values, schedule, job.peclet, job.velocity, job.corruption, seeds, keep
    )


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
