"""The verb that looks at what a trained network draws: by hand, or for workflow/rules/sampling.smk.

A weights file knows its process and levels, so by hand it is enough to name it and a prior.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from beyond_blur.cli.verbs import (
    DELTA,
    DELTA_SPECTRUM,
    FILE,
    FILES,
    STEPS,
    THREADS,
    option,
    shards_option,
    verb,
)
from beyond_blur.config import to_json_values

if TYPE_CHECKING:
    from beyond_blur.config.rule_specs import SamplingSpec
    from beyond_blur.network.predictor import Settled
    from beyond_blur.sampling.exploration import Exploration
    from beyond_blur.sampling.priors import Prior
    from beyond_blur.sampling.request import Request

FILM_LEVELS = 48
"""Levels of a way in a film."""

STARTS = "beyond_blur.sampling.starts"
"""What makes initial states of a person's pictures. By its name: it is no code of the rule's."""


@verb(
    option("--weights", **FILE),
    shards_option(
        "--prior",
        **{**FILES, "required": False, "default": []},
        help="terminal states or images that initial states are made from; a folder of pictures or "
        "an npz file, too; needless where a process starts from noise",
    ),
    option("--size", type=int, metavar="N", help="bring pictures to N x N pixels"),
    option(
        "--out",
        metavar="FILE",
        help="the picture: .png, .pdf, .jpg or .webp; a film: .gif or .mp4",
    ),
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
    option(
        "--levels",
        type=int,
        metavar="N",
        help=f"levels of the way that are shown (default: 8 in a picture, {FILM_LEVELS} in a film)",
    ),
    option("--steps", **STEPS),
    option("--delta", **DELTA),
    option("--delta-spectrum", **DELTA_SPECTRUM),
    option("--no-prior-noise", action="store_true", help="leave the prior without noise"),
    option("--last-noise", action="store_true", help="add noise in the last step, too"),
    option(
        "--spec",
        metavar="JSON",
        help="a sampling spec of the workflow; by hand the weights file says what is needed",
    ),
    option("--threads", **THREADS),
)
def explore(
    weights: str, prior: list[str], out: str | None, save: str | None, spec: str | None,
    threads: int, size: int | None, **asked: Any,
) -> None:  # fmt: skip
    """Look at samples of a trained network: shared noise or start, interpolation, the way back."""
    import torch

    from beyond_blur.network.weights import load_network
    from beyond_blur.sampling import exploration
    from beyond_blur.sampling.inputs import Inputs, check_explored
    from beyond_blur.sampling.priors import prior_for
    from beyond_blur.sampling.request import Request

    as_film = check_outputs(out, save, by_hand=spec is None)
    if spec is not None and size is not None:
        raise ValueError(
            "--size with --spec: a job of the workflow starts from files as they are; leave out one"
        )
    request = Request(**asked)
    if as_film:
        request = request_of_film(request, str(out))
    torch.set_num_threads(threads)
    network, file = load_network(weights)
    job = request.job(spec, file.manifest["spec"], file.manifest.get("image_size"))
    if spec is None:
        start = start_by_hand(request, job, file.manifest, prior, size, threads)
    else:
        start = prior_for(job.process, prior, file.manifest["image_channels"])
    for remark in start.remarks:
        print(f"note: {remark}", flush=True)
    files = Inputs(weights, file.manifest, prior or ["noise"], start.manifest)
    traits = check_explored(files, job, by_hand=spec is None)
    predict = exploration.predictor_of(request, job, network)
    made = exploration.explore(request, job, predict, start.arrays)
    if save is not None:
        inputs = {"weights": file.checksum, "prior": start.checksum}
        write_explored(save, made, job, {**traits, "seed": request.seed}, inputs, predict.used)
    if out is not None and as_film:
        film_explored(out, made, back=request.interpolate is not None)
    elif out is not None:
        draw_explored(out, made)
    for path in filter(None, (out, save)):
        print(f"wrote {path} ({made.title})", flush=True)


def check_outputs(out: str | None, save: str | None, by_hand: bool) -> bool:
    """Refuse, before any work, a kind of file that nothing writes, what is there, and no file.

    Returns
    -------
    bool
        Whether a film is to be written.
    """
    from beyond_blur.rendering import films, style
    from beyond_blur.storage.output_folder import check_new

    suffix = Path(out or "").suffix.lower()
    if out is not None and suffix not in (*style.FORMATS, *films.FORMATS):
        known = ", ".join((*style.FORMATS, *films.FORMATS))
        raise ValueError(f"--out {out} ends with none of {known}: rename it")
    if save == "":
        raise ValueError('--save "": give a name')
    if out is None and save is None:
        raise ValueError("nothing to write: give --out FILE.png, --save FILE.safetensors or both")
    for option_name, path in (("--out", out), ("--save", save)):
        if by_hand and path is not None:
            check_new(path, option_name)
    return suffix in films.FORMATS


def request_of_film(request: Request, out: str) -> Request:
    """A request for something that moves, with as many levels as a film shows.

    Raises
    ------
    ValueError
        Of one for samples alone, which stand still.
    """
    from dataclasses import replace

    if request.trajectory:
        return replace(request, levels=request.levels or FILM_LEVELS)
    if request.interpolate is None:
        raise ValueError(
            f"--out {out}: samples alone do not move; give --trajectory or --interpolate N, or "
            "write a .png"
        )
    return request


def start_by_hand(
    request: Request, job: SamplingSpec, trained: dict[str, Any], prior: list[str],
    size: int | None, threads: int,
) -> Prior:  # fmt: skip
    """What the samples of a request start from, of a person's files or of noise."""
    starts = import_module(STARTS)
    n = 2 * request.n  # rows of an interpolation have two ends
    wanted = starts.Wanted(
        job.process, job.levels, trained, request.seed, n, size, threads, "--prior"
    )
    made: Prior = starts.start_from(prior, wanted)
    return made


def draw_explored(path: str, made: Exploration) -> None:
    """The picture of an exploration."""
    from beyond_blur.data.pixels import to_float
    from beyond_blur.rendering import style
    from beyond_blur.rendering.panels import Panel, draw_panels

    panel = Panel(to_float(made.images), made.rows, made.columns, made.title)
    style.draw(lambda: draw_panels([panel]), path)


def film_explored(path: str, made: Exploration, back: bool) -> None:
    """The film of an exploration: each row is a picture that moves along it, or there and back."""
    from beyond_blur.rendering import film_panels, films

    panel = film_panels.Moving(made.title, made.images, made.columns)
    films.write_film(path, film_panels.film_of([panel], back=back))


def write_explored(
    path: str,
    made: Exploration,
    job: SamplingSpec,
    traits: dict[str, Any],
    inputs: dict[str, str],
    arithmetic: Settled,
) -> None:
    """The images of an exploration, with what their rows and columns are."""
    from dataclasses import asdict

    from beyond_blur.storage import artifacts

    artifacts.save(
        path,
        {"images": made.images},
        kind="exploration",
        spec={**to_json_values(job), "seed": traits["seed"]},
        inputs=inputs,
        traits=traits,
        packages=("numpy", "torch"),
        rows=list(made.rows),
        columns=list(made.columns),
        title=made.title,
        arithmetic=asdict(arithmetic),
    )
