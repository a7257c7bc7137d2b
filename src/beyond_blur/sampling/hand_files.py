"""Where samples that a person asks for go: what is there already is never written over."""

from __future__ import annotations

import math
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from beyond_blur.data.mosaic import mosaic
from beyond_blur.data.pictures import write_png
from beyond_blur.storage import artifacts
from beyond_blur.storage.atomic import ArtifactError
from beyond_blur.storage.output_folder import check_folder

SAMPLES, GRID, PICTURES = "samples.safetensors", "grid.png", "images"
"""What lies in the folder: the artefact, some samples side by side, and each as a PNG."""

SHOWN = 64
"""Samples in the grid at most; a choice."""


@dataclass(frozen=True)
class HandFiles:
    """The files that samples become.

    Attributes
    ----------
    out : str
        A folder, or a file that ends in .safetensors.
    """

    out: str

    @property
    def into_folder(self) -> bool:
        """Whether every sample is a picture, too."""
        return not self.out.endswith(".safetensors")

    @property
    def samples(self) -> Path:
        """The artefact."""
        return Path(self.out) / SAMPLES if self.into_folder else Path(self.out)

    @property
    def grid(self) -> Path:
        """The first samples side by side."""
        return (
            self.samples.with_name(GRID) if self.into_folder else self.samples.with_suffix(".png")
        )

    @property
    def pictures(self) -> Path:
        """The folder of every sample as a picture; of no use beside a single file."""
        return self.samples.with_name(PICTURES)

    def check(self) -> None:
        """Refuse a place that nothing can be written to, or that is taken.

        Samples without their last picture are a run that was stopped: see `drawn_before`.

        Raises
        ------
        ValueError
            Naming --out.
        """
        folder = self.out if self.into_folder else str(self.samples.parent)
        check_folder(folder, "--out", self.out)
        finished, last = self.samples.exists(), self.pictures if self.into_folder else self.grid
        if finished and last.exists():
            ours = [path for path in (self.samples, self.grid, last) if path.exists()]
            raise ValueError(
                f"--out {self.out}: samples are there already: name another place, or delete "
                f"{', '.join(dict.fromkeys(map(str, ours)))} first"
            )
        for path in (last, self.grid):
            if path.exists() and not finished:
                raise ValueError(f"--out {self.out}: {path} is there already: name another place")

    def drawn_before(self, spec: Any, inputs: Mapping[str, str]) -> np.ndarray | None:
        """Samples of this very order, whose run was stopped before their pictures were written.

        Parameters
        ----------
        spec, inputs
            What the manifest of such samples says.

        Returns
        -------
        uint8 array, shape (n, c, h, w), optional

        Raises
        ------
        ValueError
            If another file is there.
        """
        if not self.samples.exists():
            return None
        try:
            file = artifacts.load(self.samples, "samples")
        except ArtifactError as error:
            raise ValueError(f"--out {self.out}: {error}; or name another place") from error
        if (file.manifest["spec"], file.manifest["inputs"]) != (spec, inputs):
            raise ValueError(
                f"--out {self.out}: {self.samples} holds samples of another order: name another "
                "place"
            )
        return file.arrays["samples"]

    def show(self, images: np.ndarray) -> None:
        """Write samples, uint8 (n, c, h, w), as pictures."""
        write_png(self.grid, grid_of(images))
        if self.into_folder:
            write_pictures(self.pictures, images)


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
