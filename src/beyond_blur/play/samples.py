"""Samples of a trained network on their way from the start, one at a time."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from beyond_blur.data.photograph import open_content, open_photograph
from beyond_blur.data.pixels import resize
from beyond_blur.network.weights import load_network
from beyond_blur.sampling import exploration, starts
from beyond_blur.sampling.request import Request

WEIGHTS = "results/checkpoints/*/*/weights.safetensors"
"""Where a run keeps the weights of its networks."""


@dataclass(frozen=True)
class Samples:
    """One sample and states on its way.

    Attributes
    ----------
    states : uint8 array, shape (m, c, h, w)
    levels : sequence of str, length m
    title : str
    """

    states: np.ndarray
    levels: list[str]
    title: str


@dataclass(frozen=True)
class Network:
    """A trained network, loaded when it is first asked for a sample.

    Attributes
    ----------
    weights : path
        Its weights file.
    images : sequence of path
        Shards of held-out images of the run, which samples start from without another picture.
    """

    weights: Path
    images: Sequence[Path] = ()

    @cached_property
    def loaded(self) -> tuple[Any, Any]:
        """The network and its file."""
        return load_network(str(self.weights))

    def sample(self, seed: int, content: bytes | None) -> Samples:
        """A sample's way, from a picture's corrupted form or from noise.

        Parameters
        ----------
        seed : int
        content : bytes, optional
            A picture file; without one an image of the run, or else a sample photograph.

        Raises
        ------
        ValueError, ArtifactError
            As of the verb ``explore``.
        """
        network, file = self.loaded
        request = Request(n=1, seed=seed, trajectory=True)
        job = request.job(None, file.manifest["spec"])
        with tempfile.TemporaryDirectory() as folder:
            start = []
            if job.process.starts_from != "noise":
                start = [str(path) for path in self.start(Path(folder), content)]
            wanted = starts.Wanted(job.process, job.levels, file.manifest, seed, 2)
            prior = starts.start_from(start, wanted)
            predict = exploration.predictor_of(request, job, network)
            made = exploration.explore(request, job, predict, prior.arrays)
        return Samples(made.images[0], list(made.columns), made.title)

    def start(self, folder: Path, content: bytes | None) -> Sequence[Path]:
        """Files that samples start from; a picture as large and as coloured as the network's."""
        if content is None and self.images:
            return self.images
        manifest = self.loaded[1].manifest
        picture = open_content(io.BytesIO(content)) if content else open_photograph(None)
        size = manifest.get("image_size") or min(picture.size)
        square = Image.fromarray(resize(picture, size))
        path = folder / "picture.png"
        square.convert("L" if manifest["image_channels"] == 1 else "RGB").save(path)
        return [path]


def networks_in(folder: Path) -> dict[str, Network]:
    """The trained networks of a working folder, by data set and process."""
    found = {}
    for file in sorted(folder.glob(WEIGHTS)):
        dataset, process = file.parts[-3:-1]
        images = sorted((folder / "results/data" / dataset / "held_out").glob("*.safetensors"))
        found[f"{dataset}/{process}"] = Network(file, tuple(images))
    return found
