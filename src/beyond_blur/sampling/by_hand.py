"""Samples for a person: from a trained network and a set of pictures to pictures in a folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from torch import nn

from beyond_blur.config import Precision, to_json_values
from beyond_blur.config.base import Delta
from beyond_blur.config.labels import process_label
from beyond_blur.config.rule_specs import SamplingSpec
from beyond_blur.network import precision
from beyond_blur.sampling.drawing import device_of
from beyond_blur.sampling.hand_files import HandFiles
from beyond_blur.sampling.inputs import Inputs, check_explored
from beyond_blur.sampling.request import Request
from beyond_blur.sampling.set_file import draw_to_file
from beyond_blur.sampling.starts import Wanted, start_from
from beyond_blur.storage import artifacts


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
    precision : {"auto", "float32", "tf32", "bfloat16"}, optional
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
        self.files.check()

    @property
    def files(self) -> HandFiles:
        """What they are written to."""
        return HandFiles(self.out)

    def job(self, trained: Mapping[str, Any], size: int | None = None) -> SamplingSpec:
        """How they are drawn from a network of this training job, which makes images this large."""
        job = self.request.job(None, trained, size)
        given = {"batch_size": self.batch_size, "precision": self.precision}
        changes: dict[str, Any] = {k: value for k, value in given.items() if value is not None}
        return replace(job, sampling=replace(job.sampling, **changes))


def ordered(
    *, n: int | None, seed: int, steps: int | None, delta: Delta | None,
    delta_spectrum: float | None, images: str | None, prior: list[str] | None, out: str,
    size: int | None, batch_size: int | None, precision: Precision | None, threads: int,
) -> Order:  # fmt: skip
    """What the options of the verb ask for.

    Raises
    ------
    ValueError
        A value out of range, or two sets of files that samples would start from.
    """
    if images is not None and prior:
        raise ValueError("--images and --prior are both what samples start from: give one of them")
    n = 64 if n is None else n
    request = Request(n=n, seed=seed, steps=steps, delta=delta, delta_spectrum=delta_spectrum)
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
        What `start_from`, `Request` and `HandFiles` refuse.
    NotFinite
        With the level and the number of the sample, if one is not finite; nothing is written.
    """
    request, job = order.request, order.job(file.manifest["spec"], file.manifest.get("image_size"))
    wanted = Wanted(
        job.process, job.levels, file.manifest, request.seed, request.n, order.size, order.threads
    )
    start = start_from(order.paths, wanted)
    for remark in start.remarks:
        print(f"note: {remark}", flush=True)
    read = Inputs(weights, file.manifest, order.paths or ["noise"], start.manifest)
    traits = check_explored(read, job, by_hand=True)
    warned = precision.warning(job.sampling.precision, device_of(network).type, "--precision")
    if warned:
        print(warned, flush=True)
    spec = {**to_json_values(job), "seed": request.seed}
    made = order.files.drawn_before(spec, {"weights": file.checksum, "prior": start.checksum})
    if made is None:
        made = draw_to_file(
            job, network, start, request.seed, order.files.samples, weights=file.checksum,
            traits=traits,
        )["samples"]  # fmt: skip
    order.files.show(made)
    return said(order, job, file.manifest)


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
