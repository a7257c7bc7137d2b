"""The verb that looks at what a trained network draws: by hand, or for workflow/rules/sampling.smk.

A weights file knows its process and levels, so by hand it is enough to name it and a prior.
"""

from __future__ import annotations

from dataclasses import replace

import torch

from beyond_blur.config import plain
from beyond_blur.network.predictor import Predictor
from beyond_blur.network.weights import load_network
from beyond_blur.sampling.drawing import build_for
from beyond_blur.sampling.exploration import (
    Model,
    check_effect,
    check_request,
    draw,
    interpolations,
    job_of,
    prior_for,
    samples,
)
from beyond_blur.storage import artifacts


def explore(
    weights: str, prior: list[str], out: str | None, save: str | None, spec: str | None, n: int,
    seed: int, shared_noise: bool, shared_state: bool, interpolate: int | None, trajectory: bool,
    steps: int | None, delta: float | None, no_prior_noise: bool, last_noise: bool, threads: int,
) -> None:  # fmt: skip
    """Draw a few samples from any trained network and see how they hang together."""
    check_request(out, save, n, seed, delta, interpolate, trajectory)
    torch.set_num_threads(threads)
    network, file = load_network(weights)
    job = job_of(spec, file.manifest["spec"])
    check_effect(job.process, {"--delta": delta is not None, "--no-prior-noise": no_prior_noise,
                               "--last-noise": last_noise})  # fmt: skip
    job = replace(
        job, n_samples=n, steps=job.steps if steps is None else steps,
        delta=job.delta if delta is None else delta, last_noise=job.last_noise or last_noise,
        prior_noise=job.prior_noise and not no_prior_noise,
    )  # fmt: skip
    source = prior_for(job.process, prior, file.manifest["image_channels"])
    predictor = Predictor(network, job.precision, job.compile)
    model = Model(build_for(job), predictor, source, job, seed)
    if interpolate is not None:
        made = interpolations(model, n, interpolate, shared_noise, shared_state)
    else:
        made = samples(model, n, shared_noise, shared_state, trajectory)
    if save is not None:
        facts = {"rows": list(made.rows), "columns": list(made.columns), "title": made.title}
        artifacts.save(save, {"images": made.images}, kind="exploration",
                       spec={**plain(job), "seed": seed}, inputs={weights: file.checksum},
                       packages=("numpy", "torch"), **facts)  # fmt: skip
    if out is not None:
        draw(made, out)
    for path in filter(None, (out, save)):
        print(f"wrote {path} ({made.title})", flush=True)
