"""Verbs of workflow/rules/sampling.smk."""

from __future__ import annotations

from beyond_blur.cli.verbs import FILE, FILES, SEED, SPEC, THREADS, option, verb
from beyond_blur.config import to_json_values
from beyond_blur.config.rule_specs import SamplingSpec, TrajectorySpec, from_json


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
    from dataclasses import asdict

    import torch

    from beyond_blur.network.weights import load_network
    from beyond_blur.sampling.drawing import draw, identity, predictor_for
    from beyond_blur.sampling.inputs import Inputs, check_inputs
    from beyond_blur.sampling.priors import load_prior
    from beyond_blur.storage import artifacts
    from beyond_blur.storage.unfinished import FinishedBatches

    job: SamplingSpec = from_json(SamplingSpec, spec)
    torch.set_num_threads(threads)
    network, file = load_network(weights)
    priors = load_prior(prior)
    files = Inputs(weights, file.manifest, prior, priors.manifest)
    traits = check_inputs(files, job.process, job.levels, job.prior)
    inputs = {"weights": file.checksum, "prior": priors.checksum}
    predict = predictor_for(job, network, job.sampling.n_samples)
    finished = FinishedBatches(out, identity(job, seed, inputs, predict))
    arrays = draw(job, predict, priors, seed, finished)
    artifacts.save(
        out,
        arrays,
        kind="samples",
        spec={**to_json_values(job), "seed": seed},
        packages=("numpy", "torch"),
        inputs=inputs,
        traits={**traits, "seed": seed},
        arithmetic=asdict(predict.used),
    )
    finished.remove()


STRIP_SPLIT = "held_out"
"""Images of the strips: none that the network was trained on."""


@verb(
    option("--spec", **SPEC),
    option("--weights", **FILE),
    option("--images", **FILE),
    option("--prior", **FILES),
    option("--out", **FILE),
)
def trajectory(spec: str, weights: str, images: str, prior: list[str], out: str) -> None:
    """Follow a few images forward and a few samples back through the levels."""
    from dataclasses import asdict

    import torch

    from beyond_blur.network.weights import load_network
    from beyond_blur.sampling.drawing import predictor_for
    from beyond_blur.sampling.inputs import Inputs, check_inputs
    from beyond_blur.sampling.priors import load_prior
    from beyond_blur.sampling.strips import N_SHOWN, follow
    from beyond_blur.storage import artifacts, belonging

    job: TrajectorySpec = from_json(TrajectorySpec, spec)
    torch.set_num_threads(1)
    network, file = load_network(weights)
    pictures, priors = artifacts.load(images, "images"), load_prior(prior)
    files = Inputs(weights, file.manifest, prior, priors.manifest)
    traits = check_inputs(files, job.process, job.levels)
    belonging.check(images, pictures.manifest, split=STRIP_SPLIT)
    shared = belonging.check_together({weights: file.manifest, images: pictures.manifest})
    predict = predictor_for(job, network, N_SHOWN)
    artifacts.save(
        out,
        follow(job, pictures.arrays, predict, priors),
        kind="trajectory",
        spec=to_json_values(job),
        packages=("numpy", "torch"),
        inputs={
            "weights": file.checksum,
            "images": pictures.checksum,
            "prior": priors.checksum,
        },
        traits={**traits, **shared, "seed": job.seed},
        arithmetic=asdict(predict.used),
    )
