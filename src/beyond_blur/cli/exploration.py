"""The verb that looks at what a trained network draws: by hand, or for workflow/rules/sampling.smk.

A weights file knows its process and levels, so by hand it is enough to name it and a prior.
"""

from __future__ import annotations

from dataclasses import replace

import torch

from beyond_blur.cli.verbs import FILE, FILES, THREADS, option, verb
from beyond_blur.config import to_json_values
from beyond_blur.network.predictor import Predictor
from beyond_blur.network.weights import load_network
from beyond_blur.rendering.style import check_format
from beyond_blur.sampling.drawing import build_for
from beyond_blur.sampling.exploration import (
    Exploration,
    Model,
    check_effect,
    check_request,
    interpolations,
    job_of,
    prior_for,
    samples,
)
from beyond_blur.storage import artifacts


@verb(
    option("--weights", **FILE),
    option(
        "--prior",
        **(
            FILES
            | dict(
                help="terminal states or images that initial states are made from; a folder or an "
                "npz file of images, too (of noise, only their shape)"
            )
        ),
    ),
    option("--out", metavar="FILE", help="the picture, .png or .pdf"),
    option("--save", metavar="FILE", help="the images as safetensors"),
    option(
        "--n",
        type=int,
        default=8,
        metavar="N",
        help="samples, or rows of them (default %(default)s)",
    ),
    option(
        "--seed",
        type=int,
        default=0,
        metavar="N",
        help="sample i is sample i of this seed (default %(default)s)",
    ),
    option("--shared-noise", action="store_true", help="all samples see the same noise"),
    option("--shared-state", action="store_true", help="all samples start from one state"),
    option(
        "--interpolate",
        type=int,
        metavar="N",
        help="go from one sample to another in N pictures: states on a line, noise on an arc",
    ),
    option("--trajectory", action="store_true", help="show the way from start to sample"),
    option("--steps", type=int, metavar="N", help="network calls (default: every level)"),
    option(
        "--delta",
        type=float,
        metavar="SIGMA",
        help="noise added at each step (default: that of sampling.delta, 0.0125)",
    ),
    option("--no-prior-noise", action="store_true", help="leave the prior without noise"),
    option("--last-noise", action="store_true", help="add noise in the last step, too"),
    option(
        "--spec",
        metavar="JSON",
        help="a sampling job of the workflow; by hand the weights file says what is needed",
    ),
    option("--threads", **THREADS),
)
def explore(
    weights: str, prior: list[str], out: str | None, save: str | None, spec: str | None, n: int,
    seed: int, shared_noise: bool, shared_state: bool, interpolate: int | None, trajectory: bool,
    steps: int | None, delta: float | None, no_prior_noise: bool, last_noise: bool, threads: int,
) -> None:  # fmt: skip
    """Look at samples of a trained network: shared noise or start, interpolation, the way back."""
    if out is not None:
        check_format(out)
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
                       spec={**to_json_values(job), "seed": seed}, inputs={weights: file.checksum},
                       packages=("numpy", "torch"), **facts)  # fmt: skip
    if out is not None:
        draw(made, out)
    for path in filter(None, (out, save)):
        print(f"wrote {path} ({made.title})", flush=True)


def draw(made: Exploration, out: str) -> None:
    """Write the picture; the suffix says in which format."""
    from beyond_blur.data.pixels import to_float
    from beyond_blur.rendering import panels, style

    panel = panels.Panel(to_float(made.images), made.rows, made.columns, made.title)
    style.save(panels.draw_panels([panel]), out)
