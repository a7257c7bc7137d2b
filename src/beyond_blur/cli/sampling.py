"""Verbs of workflow/rules/sampling.smk."""

from __future__ import annotations

import torch

from beyond_blur.cli.verbs import FILE, FILES, SEED, SPEC, THREADS, option, verb
from beyond_blur.config import to_json_values
from beyond_blur.config.rule_specs import SamplingJob, TrajectoryJob, from_json
from beyond_blur.network.predictor import Predictor
from beyond_blur.network.weights import load_network
from beyond_blur.processes.batch import take_rows
from beyond_blur.processes.noise import SampleNoise
from beyond_blur.sampling import reverse
from beyond_blur.sampling.drawing import (
    CODE,
    N_SHOWN,
    build_for,
    draw,
    forward_states,
    levels_shown,
)
from beyond_blur.sampling.priors import load_prior, prior_rows
from beyond_blur.storage import artifacts
from beyond_blur.storage.code import code_checksum, own_code
from beyond_blur.storage.unfinished import Parts


@verb(
    option("--spec", **SPEC),
    option("--weights", **FILE),
    option("--prior", **FILES),
    option("--seed", **SEED),
    option("--threads", **THREADS),
    option("--out", **FILE),
)
def sample(spec: str, weights: str, prior: list[str], seed: int, threads: int, out: str) -> None:
    """Draw samples from a trained network."""
    job: SamplingJob = from_json(SamplingJob, spec)
    torch.set_num_threads(threads)
    trained, network = load_network(weights)
    model = Predictor(trained, job.precision, job.compile)
    source, priors = load_prior(prior)
    rows = prior_rows(job.n_samples, len(priors.arrays["index"]), seed)
    checksums = {weights: network.checksum, "prior": priors.checksum}
    where = [torch.__version__, next(model.parameters()).device.type]
    code = [code_checksum(*CODE), own_code(job.process)]
    parts = Parts(out, [to_json_values(job), seed, *checksums.values(), *where, *code])
    arrays = draw(build_for(job), model, source, rows, seed, job, parts)
    arrays["source"] = priors.arrays["index"][rows.numpy()]
    artifacts.save(
        out, arrays, kind="samples", spec={**to_json_values(job), "seed": seed},
        packages=("numpy", "torch"), inputs=checksums,
    )  # fmt: skip
    parts.remove()


@verb(
    option("--spec", **SPEC),
    option("--weights", **FILE),
    option("--images", **FILE),
    option("--prior", **FILES),
    option("--out", **FILE),
)
def trajectory(spec: str, weights: str, images: str, prior: list[str], out: str) -> None:
    """Follow a few images forward and a few samples back through the levels."""
    job: TrajectoryJob = from_json(TrajectoryJob, spec)
    torch.set_num_threads(1)
    process = build_for(job, job.corruption)
    shown = levels_shown(reverse.strided_levels(process.n_steps, job.steps)[::-1])
    pictures = artifacts.load(images, "images")
    forward = forward_states(process, pictures, job.seed, shown)
    trained, network = load_network(weights)
    model = Predictor(trained, job.precision, job.compile)
    source, priors = load_prior(prior)
    rows = prior_rows(N_SHOWN, len(priors.arrays["index"]), job.seed)
    backward = reverse.trajectory(
        process, model, take_rows(source, rows), SampleNoise(job.seed, list(range(N_SHOWN))),
        shown.tolist(), job.steps, next(model.parameters()).device,
    ).numpy()  # fmt: skip
    artifacts.save(
        out, {"forward": forward, "backward": backward, "levels": shown}, kind="trajectory",
        spec=to_json_values(job), packages=("numpy", "torch"),
        inputs={weights: network.checksum, images: pictures.checksum, "prior": priors.checksum},
    )  # fmt: skip
