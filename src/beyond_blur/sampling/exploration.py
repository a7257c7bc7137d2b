"""What a trained network draws: shared noise or start, interpolations, the way back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from beyond_blur.config import Levels, ProcessSpec, Sampling, read, read_process, slug
from beyond_blur.config.rule_specs import SamplingJob, from_json
from beyond_blur.data import pixels
from beyond_blur.data.image_sets import read_images
from beyond_blur.processes import ForwardProcess
from beyond_blur.processes.batch import take_rows
from beyond_blur.processes.noise import Noise, SampleNoise
from beyond_blur.sampling import priors, reverse
from beyond_blur.sampling.drawing import levels_shown
from beyond_blur.sampling.interpolation import between
from beyond_blur.sampling.priors import load_prior
from beyond_blur.storage import artifacts

STARTS = {"terminal": "terminal states", "images": "clean images"}
"""What initial states are made of, by the kind of file."""


@dataclass(frozen=True)
class Exploration:
    """A picture's worth of samples.

    Attributes
    ----------
    images : uint8 array, shape (rows, columns, c, h, w)
    rows, columns : sequence of str
        Labels; empty where there is nothing to say.
    title : str
    """

    images: np.ndarray
    rows: Sequence[str]
    columns: Sequence[str]
    title: str


@dataclass(frozen=True)
class Model:
    """A trained network with its process, what it starts from and how it is sampled."""

    process: ForwardProcess
    network: nn.Module
    source: dict[str, Tensor]
    job: SamplingJob
    seed: int

    @property
    def name(self) -> str:
        """Process and number of network calls."""
        spec, calls = self.job.process, self.job.steps or self.process.n_steps
        peclet = f", Pe = {spec.peclet:g}" if hasattr(spec, "peclet") else ""
        plural = "" if calls == 1 else "s"
        return f"{spec.name.replace('_', ' ')}{peclet}, {calls} network call{plural}"

    def start_and_end(
        self, batch: dict[str, Tensor], noise: Noise, shared_state: bool
    ) -> tuple[np.ndarray, ...]:
        """Initial states and samples, uint8 (n, c, h, w) each."""
        states = self.states(batch, noise, [self.process.n_steps, 0], shared_state)
        return states[:, 0], states[:, 1]

    def states(
        self, batch: dict[str, Tensor], noise: Noise, levels: list[int], shared_state: bool
    ) -> np.ndarray:
        """States on the way back at some levels, uint8 (n, len(levels), c, h, w)."""
        device = next(self.network.parameters()).device
        made = reverse.trajectory(
            self.process, self.network, batch, noise, levels, self.job.steps, device, shared_state
        )
        return pixels.to_uint8(made.numpy())


def check_request(
    out: str | None, save: str | None, n: int, seed: int, delta: float | None,
    interpolate: int | None, trajectory: bool,
) -> None:  # fmt: skip
    """Refuse, before anything is drawn, what would come to nothing.

    Raises
    ------
    ValueError
        No file to write, one of an unknown format, no sample, a value out of range, or two pictures
        at once.
    """
    if out is None and save is None:
        raise ValueError("nothing to write: give --out FILE.png, --save FILE.safetensors or both")
    if n < 1:
        raise ValueError(f"--n {n}: at least one sample")
    if not 0 <= seed < 2**32:
        raise ValueError(f"--seed {seed} is outside the range of seeds, 0 to 2^32 - 1")
    if delta is not None and not 0 <= delta < math.inf:
        raise ValueError(f"--delta {delta:g} is no standard deviation: a number from 0 up")
    if interpolate is not None and trajectory:
        raise ValueError("--interpolate and --trajectory make a picture each: give one of them")


BLURRING = ("advection_diffusion", "heat_dissipation")


WITH_EFFECT = {"--delta": BLURRING, "--no-prior-noise": BLURRING,
               "--last-noise": (*BLURRING, "ddpm", "blurring_diffusion")}  # fmt: skip
"""Kinds of process that an option can change."""


def check_effect(process: ProcessSpec, given: dict[str, bool]) -> None:
    """Refuse options that change nothing, instead of drawing the same samples again.

    Raises
    ------
    ValueError
        With the option and the process.
    """
    for option, is_given in given.items():
        if is_given and process.kind not in WITH_EFFECT[option]:
            raise ValueError(
                f"{option} has no effect on {slug(process)}, whose class decides about its noise "
                f"itself: leave it out (it is for {', '.join(WITH_EFFECT[option])})"
            )


def job_of(spec: str | None, trained: dict[str, Any]) -> SamplingJob:
    """The sampling job: the one given, or the defaults for a network of this training job."""
    if spec is not None:
        job: SamplingJob = from_json(SamplingJob, spec)
        return job
    process = read_process(trained["process"])
    levels, usual = read(Levels, trained["levels"], "levels"), Sampling()
    return SamplingJob(process, levels, 1, usual.delta, usual.batch_size, usual.steps,
                       usual.prior_noise, usual.last_noise, usual.precision,
                       usual.compile)  # fmt: skip


def prior_for(spec: ProcessSpec, paths: list[str], channels: int) -> dict[str, Tensor]:
    """What initial states are made from: files of this workflow, or any set of images.

    Raises
    ------
    ValueError
        Terminal states where images are needed, or the other way round, another number of
        channels than the network has, or more than one set of images.
    """
    wanted = "terminal" if spec.starts_from == "terminal" else "images"
    place, shards = paths[0], shards_of(paths)
    found = artifacts.read_manifest(shards[0])["kind"] if shards else "images"
    if not shards and len(paths) > 1:
        raise ValueError(
            f"--prior {' '.join(paths)}: several files have to be shards of one set; give one "
            "folder, npz or idx file"
        )
    source: dict[str, Tensor] = {}
    if found == wanted:
        source = load_prior(shards)[0] if shards else {wanted: torch.from_numpy(read_images(place))}
    if not source:
        raise ValueError(
            f"{place} holds {found}, but {slug(spec)} starts from "
            f"{STARTS[wanted]}: give files of kind {wanted} (in a run's results under "
            f"{'terminal' if wanted == 'terminal' else 'data'}/)"
        )
    if source[wanted].shape[1] != channels:
        raise ValueError(
            f"{place} has {source[wanted].shape[1]} channels and the network {channels}: give the "
            "images it was trained on, or others like them"
        )
    return source


def shards_of(paths: list[str]) -> list[str]:
    """Files of this workflow, in folders or named one by one; none where anything else is named.

    Raises
    ------
    ValueError
        For a path that does not exist.
    """
    files: list[Path] = []
    for place in map(Path, paths):
        if not place.exists():
            raise ValueError(f"{place} does not exist: --prior is what initial states are made of")
        files += sorted(place.glob("*.safetensors")) if place.is_dir() else [place]
    ours = files and all(file.suffix == ".safetensors" for file in files)
    return [str(file) for file in files] if ours else []


def chosen(
    model: Model, n: int, shared_noise: bool, shared_state: bool
) -> tuple[Tensor, list[int]]:
    """Row of the prior and number of the noise of each of n samples, as `sample` draws them."""
    rows = priors.prior_rows(n, len(next(iter(model.source.values()))), model.seed)
    numbers = [0] * n if shared_noise else list(range(n))
    return (rows[:1].expand(n) if shared_state else rows), numbers


def sharing(shared_noise: bool, shared_state: bool) -> str:
    """What a title says of noise and initial states."""
    said = {"the same noise": shared_noise, "one initial state": shared_state}
    return "".join(f", {what}" for what, is_so in said.items() if is_so)


def samples(
    model: Model, n: int, shared_noise: bool, shared_state: bool, trajectory: bool
) -> Exploration:
    """Samples under the states they started from, or each with its way there."""
    rows, numbers = chosen(model, n, shared_noise, shared_state)
    batch, noise = take_rows(model.source, rows), SampleNoise(model.seed, numbers)
    title = model.name + sharing(shared_noise, shared_state)
    if trajectory:
        visited = reverse.strided_levels(model.process.n_steps, model.job.steps)
        levels = levels_shown(visited[::-1])[::-1].tolist()
        columns = [f"k = {level}" for level in levels]
        states = model.states(batch, noise, levels, shared_state)
        return Exploration(states, [], columns, title)
    start, end = model.start_and_end(batch, noise, shared_state)
    if shared_state:
        images = in_rows(np.concatenate([start[:1], end]))
        return Exploration(images, [], ["start"], title)
    images = in_rows(start, end)
    return Exploration(images, ["start", "sample"] * (len(images) // 2), [], title)


def in_rows(*sets: np.ndarray, width: int = 10) -> np.ndarray:
    """Sets of images (n, c, h, w) under each other, in rows of ``width``, white where they end."""
    n, *shape = sets[0].shape
    width = min(n, width)
    n_rows = -(-n // width)
    white = np.full((n_rows * width - n, *shape), 255, np.uint8)
    tables = [np.concatenate([one, white]).reshape(n_rows, width, *shape) for one in sets]
    return np.stack(tables, axis=1).reshape(n_rows * len(sets), width, *shape)


def interpolations(
    model: Model, n: int, points: int, shared_noise: bool, shared_state: bool
) -> Exploration:
    """Rows of samples, each from one sample to the next but one: 0 to 1, 2 to 3, ..."""
    rows, numbers = chosen(model, 2 * n, shared_noise, shared_state)
    drawn = []
    for i in range(0, 2 * n, 2):
        ends = int(rows[i]), int(rows[i + 1])
        batch, noise = between(model.source, ends, model.seed, (numbers[i], numbers[i + 1]), points)
        drawn.append(model.start_and_end(batch, noise, shared_state)[1])
    columns = [f"{w:.2g}" for w in np.linspace(0, 1, points)]
    each = " in each row" if shared_state and n > 1 else ""
    title = f"{model.name}, interpolated{sharing(shared_noise, shared_state)}{each}"
    return Exploration(np.stack(drawn), [], columns, title)
