"""Verbs of workflow/rules/sampling.smk."""

from __future__ import annotations

from importlib import import_module
from typing import Any, get_args

from beyond_blur.cli.verbs import (
    DELTA,
    DELTA_SPECTRUM,
    FILE,
    FILES,
    SPEC,
    STEPS,
    THREADS,
    option,
    shards_option,
    verb,
)
from beyond_blur.config import Precision, to_json_values
from beyond_blur.config.rule_specs import SamplingSpec, TrajectorySpec, from_json

BY_HAND = "beyond_blur.sampling.by_hand"
"""What draws without a job of the workflow. By its name, so that it is no code of the rule's."""

BY_HAND_ALONE = ("images", "n", "steps", "delta", "delta_spectrum", "size", "batch_size",
                 "precision", "device")  # fmt: skip
"""Options that a job of the workflow decides."""


@verb(
    option(
        "--weights", **FILE, help="a trained network: weights.safetensors, or a folder of export"
    ),
    option(
        "--images",
        metavar="PATH",
        help="what samples start from: a folder of pictures, one picture, an npz or idx file, or "
        "shards; needless where a process starts from noise",
    ),
    option("--out", **FILE, help="a folder for pictures and samples.safetensors, or the latter"),
    option("--n", type=int, metavar="N", help="samples (default 64)"),
    option("--seed", type=int, metavar="N", help="sample i is sample i of this seed (default 0)"),
    option("--steps", **STEPS),
    option("--delta", **DELTA),
    option("--delta-spectrum", **DELTA_SPECTRUM),
    option("--size", type=int, metavar="N", help="bring pictures to N x N pixels"),
    option("--batch-size", type=int, metavar="N", help="samples drawn at once (default 256)"),
    option("--precision", choices=get_args(Precision), help="number format (default auto)"),
    option("--device", choices=("auto", "cpu", "cuda"), help="where it runs (default auto)"),
    option("--threads", **THREADS),
    option("--spec", **{**SPEC, "required": False, "help": "a job of the workflow, with --prior"}),
    shards_option(
        "--prior", **{**FILES, "required": False, "help": "shards that a job starts from"}
    ),
)
def sample(
    weights: str, out: str, seed: int | None, threads: int, spec: str | None,
    prior: list[str] | None, **by_hand: Any,
) -> None:  # fmt: skip
    """Draw samples from a trained network, for a job of the workflow or by hand."""
    import torch

    from beyond_blur.network.weights import load_network

    torch.set_num_threads(threads)
    if spec is None:
        sampler = import_module(BY_HAND)
        device = by_hand.pop("device") or "auto"
        order = sampler.ordered(out=out, seed=seed or 0, threads=threads, prior=prior, **by_hand)
        network, file = load_network(weights, device)
        print(sampler.sample(order, weights, network, file), flush=True)
        return
    given = [name for name in BY_HAND_ALONE if by_hand[name] is not None]
    if given or not prior:
        option_name = f"--{given[0].replace('_', '-')}" if given else "no --prior"
        raise ValueError(
            f"{option_name} with --spec: a job of the workflow comes with the files of its --prior "
            "and says all else itself; leave out --spec to sample by hand"
        )
    if seed is None:
        raise ValueError("no --seed with --spec: a job of the workflow is drawn seed by seed")
    draw_job(from_json(SamplingSpec, spec), weights, prior, seed, out)


def draw_job(job: SamplingSpec, weights: str, prior: list[str], seed: int, out: str) -> None:
    """The samples of one seed of a job of the workflow."""
    from beyond_blur.network import precision
    from beyond_blur.network.weights import load_network
    from beyond_blur.sampling.drawing import device_of
    from beyond_blur.sampling.inputs import Inputs, check_inputs
    from beyond_blur.sampling.priors import load_prior
    from beyond_blur.sampling.set_file import draw_to_file

    network, file = load_network(weights)
    priors = load_prior(prior)
    files = Inputs(weights, file.manifest, prior, priors.manifest)
    traits = check_inputs(files, job, job.prior)
    wanted, device = job.sampling.precision, device_of(network).type
    warned = precision.warning(wanted, device, "sampling.precision =")
    if warned:
        print(warned, flush=True)
    draw_to_file(job, network, priors, seed, out, weights=file.checksum, traits=traits)


STRIP_SPLIT = "held_out"
"""Images of the strips: none that the network was trained on."""


@verb(
    option("--spec", **SPEC),
    option("--weights", **FILE),
    option("--images", **FILE),
    shards_option("--prior", **FILES),
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
    traits = check_inputs(files, job)
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
