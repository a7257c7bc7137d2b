"""What samples that are drawn by hand start from: the user's pictures, or nothing but noise.

Of a process whose initial states are kept as files, as those of a flow, pictures are made into them
here, as the rule ``terminal_states`` makes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from beyond_blur.config import (
    AdvectionDiffusionOptions,
    Corruption,
    Levels,
    ProcessSpec,
    read,
    slug,
    to_json_values,
)
from beyond_blur.config.rule_specs import CorruptionSpec
from beyond_blur.corruption import pairs
from beyond_blur.corruption.backend import choose
from beyond_blur.data import pixels
from beyond_blur.lbm.trajectory import Trajectory
from beyond_blur.network import own_class
from beyond_blur.sampling.priors import (
    Prior,
    check_channels,
    check_kind,
    open_prior,
    prior_of,
    prior_rows,
)
from beyond_blur.storage import artifacts


@dataclass(frozen=True)
class Wanted:
    """What initial states are wanted for.

    Attributes
    ----------
    process, levels
        What is sampled.
    trained : mapping
        Manifest of the network.
    seed, n : int
        Of the samples: they decide which pictures serve.
    size : int, optional
        Height and width that pictures are brought to; without it they have to have the network's.
    threads : int
        CPU threads of the solver.
    option : str
        That pictures are given by, for messages.
    """

    process: ProcessSpec
    levels: Levels
    trained: Mapping[str, Any]
    seed: int
    n: int
    size: int | None = None
    threads: int = 1
    option: str = "--images"

    def __post_init__(self) -> None:
        if self.size is not None and self.size < 1:
            raise ValueError(f"--size {self.size}: at least 1")


def start_from(paths: list[str], wanted: Wanted) -> Prior:
    """Images or terminal states, from files of the workflow or any set of pictures.

    Parameters
    ----------
    paths : list of str
        Shards or their folder, or one set of pictures: a folder, npz or idx file, or one picture.
        May be empty where samples start from noise.
    wanted : Wanted

    Raises
    ------
    ValueError
        No pictures for a process that needs them, or pictures of another size or number of
        channels than those the network was trained on.
    ArtifactError
        As `own_class.check`.
    """
    own_class.check("the network", wanted.trained)
    if not paths:
        return noise_alone(wanted)
    kind, prior = open_prior(paths, wanted.size)
    blank = kind == "images" and wanted.process.starts_from == "terminal"
    if not blank:
        check_kind(paths[0], kind, wanted.process)
    check_channels(paths[0], prior, wanted.trained["image_channels"])
    check_size(paths[0], prior, wanted.trained.get("image_size"))
    return corrupted(prior, wanted) if blank else prior


def noise_alone(wanted: Wanted) -> Prior:
    """The start of a process that uses no more of images than their shape.

    Raises
    ------
    ValueError
        If the process needs images, or the weights do not say how large theirs are.
    """
    size, channels = wanted.trained.get("image_size"), wanted.trained["image_channels"]
    why = f"{slug(wanted.process)} starts from images"
    if wanted.process.starts_from == "noise":
        if size is not None:
            return prior_of(np.zeros((1, channels, size, size), np.uint8))
        why = "these weights do not say of which size their images are"
    raise ValueError(f"{why}: give {wanted.option}, pictures like those the network was trained on")


def check_size(path: str, prior: Prior, size: int | None) -> None:
    """Refuse images of another size than those the network was trained on, where it is known.

    Raises
    ------
    ValueError
        Naming the file and both sizes.
    """
    found = next(values.shape[2:] for values in prior.arrays.values() if values.ndim == 4)
    if size is not None and tuple(found) != (size, size):
        raise ValueError(
            f"{path} has images of {' x '.join(map(str, found))} pixels and the network was "
            f"trained on {size} x {size}: give --size {size} to bring them to that"
        )


def corrupted(clean: Prior, wanted: Wanted) -> Prior:
    """Terminal states of those images that the first samples start from; the others stay blank.

    The states of images of the workflow are those that it has under ``results/terminal``.
    """
    assert isinstance(wanted.process, AdvectionDiffusionOptions), "others corrupt images themselves"
    options = read(Corruption, wanted.trained["spec"]["corruption"], "corruption")
    trajectory = Trajectory.from_options(wanted.process, wanted.levels, options)
    images = clean.arrays["images"].numpy()
    rows = np.unique(prior_rows(wanted.n, len(images), wanted.seed).numpy())
    backend = choose(replace(options, threads=wanted.threads), trajectory, images.shape[1:])
    states = np.zeros(images.shape, np.float32)
    states[rows] = pairs.terminal_states(
        pixels.to_float(images[rows]), clean.index[rows], trajectory, options.seed, backend
    )
    flow, name = wanted.process, slug(wanted.process)
    job = CorruptionSpec(flow.peclet, flow.transport, flow.velocity, wanted.levels, options, name)
    traits = {**clean.manifest["traits"], "process": name}
    manifest = {"kind": "terminal", "traits": traits, "spec": to_json_values(job)}
    arrays = {"terminal": torch.from_numpy(states)}
    checksum = artifacts.checksum_of({"terminal": states[rows], "rows": rows})
    return Prior(arrays, clean.index, checksum, manifest, clean.remarks)
