"""Samples for a person: from a trained network and a set of pictures to pictures in a folder."""

from __future__ import annotations

import math
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from beyond_blur.config import Precision
from beyond_blur.config.labels import process_label
from beyond_blur.config.rule_specs import SamplingSpec
from beyond_blur.data.mosaic import mosaic
from beyond_blur.data.pictures import write_png
from beyond_blur.sampling.inputs import Inputs, check_explored
from beyond_blur.sampling.request import Request
from beyond_blur.sampling.set_file import draw_to_file
from beyond_blur.sampling.starts import Wanted, start_from
from beyond_blur.storage import artifacts

SAMPLES, GRID, PICTURES = "samples.safetensors", "grid.png", "images"
"""What lies in the folder: the artefact, some samples side by side, and each as a PNG."""

SHOWN = 64
"""Samples in the grid at most; a choice."""


@dataclass(frozen=True)
class Order:
    """Samples that a person asks for.

    Attributes
    ----------
    request : Request
        How many, of which seed, in how many steps, with which noise.
    paths : list of str
        Pictures, or files of the workflow, that initial states are made from; may be empty.
    out : str
        A folder, or a file that ends in .safetensors.
    size : int, optional
        What pictures are brought to.
    batch_size : int, optional
    precision : {"auto", "float32", "bfloat16"}, optional
    threads : int
        Of the CPU.
    """

    request: Request
    paths: list[str]
    out: str
    size: int | None = None
    batch_size: int | None = None
    precision: Precision | None = None
    threads: int = 1

    def __post_init__(self) -> None:
        if self.batch_size is not None and self.batch_size < 1:
            raise ValueError(f"--batch-size {self.batch_size}: at least 1")
        if self.into_folder and (Path(self.out) / PICTURES).exists():
            raise ValueError(
                f"{self.out} holds samples already: name another folder, or delete it first"
            )

    @property
    def into_folder(self) -> bool:
        """Whether pictures are written, too."""
        return not self.out.endswith(".safetensors")

    def job(self, trained: Mapping[str, Any]) -> SamplingSpec:
        """How they are drawn from a network of this training job."""
        job = self.request.job(None, trained)
        given = {"batch_size": self.batch_size, "precision": self.precision}
        changes: dict[str, Any] = {k: value for k, value in given.items() if value is not None}
        return replace(job, sampling=replace(job.sampling, **changes))


def ordered(
    *, n: int | None, seed: int, steps: int | None, delta: float | None, images: str | None,
    prior: list[str] | None, out: str, size: int | None, batch_size: int | None,
    precision: Precision | None, threads: int,
) -> Order:  # fmt: skip
    """What the options of the verb ask for.

    Raises
    ------
    ValueError
        A value out of range, or two sets of files that samples would start from.
    """
    if images is not None and prior:
        raise ValueError("--images and --prior are both what samples start from: give one of them")
    request = Request(n=64 if n is None else n, seed=seed, steps=steps, delta=delta)
    paths = [images] if images is not None else list(prior or ())
    return Order(request, paths, out, size, batch_size, precision, threads)


def sample(order: Order, weights: str, network: nn.Module, file: artifacts.Artifact) -> str:
    """Draw samples, write them, and say in one line what was drawn.

    Parameters
    ----------
    order : Order
    weights : str
        Path of the network's folder or file.
    network : nn.Module
        Trained, on the device that it is to run on.
    file : Artifact
        Of the network, as `beyond_blur.network.weights.load_network` returns it.

    Raises
    ------
    ValueError
        What `start_from` and `Request` refuse.
    NotFinite
        With the level and the number of the sample, if one is not finite; nothing is written.
    """
    request, job = order.request, order.job(file.manifest["spec"])
    wanted = Wanted(
        job.process, job.levels, file.manifest, request.seed, request.n, order.size, order.threads
    )
    start = start_from(order.paths, wanted)
    files = Inputs(weights, file.manifest, order.paths or ["noise"], start.manifest)
    traits = check_explored(files, job, by_hand=True)
    out = Path(order.out) / SAMPLES if order.into_folder else Path(order.out)
    arrays = draw_to_file(
        job, network, start, request.seed, out, weights=file.checksum, traits=traits
    )
    grid = out.with_name(GRID) if order.into_folder else out.with_suffix(".png")
    write_png(grid, grid_of(arrays["samples"]))
    if order.into_folder:
        write_pictures(out.with_name(PICTURES), arrays["samples"])
    return said(order, job, file.manifest)


def grid_of(images: np.ndarray) -> np.ndarray:
    """The first samples, uint8 (n, c, h, w), as one picture, uint8 (H, W, c)."""
    shown = images[:SHOWN]
    return mosaic(shown, math.ceil(math.sqrt(len(shown))), gap=2, blank=255)


def write_pictures(folder: Path, images: np.ndarray) -> None:
    """Every sample as a PNG of its number, in a folder that is there as a whole or not at all."""
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    digits = max(len(str(len(images) - 1)), 4)
    for i, image in enumerate(images):
        write_png(unfinished / f"{i:0{digits}}.png", image.transpose(1, 2, 0))
    unfinished.rename(folder)


def said(order: Order, job: SamplingSpec, trained: Mapping[str, Any]) -> str:
    """What was drawn, in one line."""
    n, steps = order.request.n, job.sampling.steps
    calls = "a call for every level" if steps is None else f"{steps} network calls"
    start = f"from {order.paths[0]}" if order.paths else "from noise"
    network = f"{process_label(job.process)} trained for {trained['steps']:,} steps"
    return (
        f"wrote {order.out} ({n} sample{'' if n == 1 else 's'} of {network}, seed "
        f"{order.request.seed}, {calls}, {start})"
    )
