"""One photograph at several levels of each process, for its energy spectrum there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from PIL import Image

from beyond_blur import finite
from beyond_blur.config.rule_specs import TrajectorySpec
from beyond_blur.data.pixels import resize, to_float, to_uint8
from beyond_blur.processes import WithNoiseFloor, build
from beyond_blur.processes.noise import SampleNoise

SHARES = (0, 0.25, 0.5, 0.75, 1)
"""Shares of each process that the photograph is shown at."""


@dataclass(frozen=True)
class SpectrumPanel:
    """One process at several levels.

    Attributes
    ----------
    label : str
    states : float array, shape (m, ..., h, w)
        One photograph at m levels, in the range of images.
    shares : sequence of float, length m
        Each level over the last one.
    floor : sequence of float, length m
        Variance of the noise at each level; 0 where there is none.
    """

    label: str
    states: np.ndarray
    shares: Sequence[float]
    floor: Sequence[float]


def sample_photograph(size: int = 64) -> np.ndarray:
    """The centre of scikit-learn's photograph china.jpg in grey: float32 (1, size, size)."""
    from sklearn.datasets import load_sample_image

    grey = load_sample_image("china.jpg").mean(2)[:, 100:527] / 255
    return to_float(resize(Image.fromarray(to_uint8(grey)), size))[None]


def photograph_panels(
    jobs: Mapping[str, TrajectorySpec], picture: np.ndarray
) -> list[SpectrumPanel]:
    """A photograph at `SHARES` of every process, with one flow and one noise at all levels.

    Parameters
    ----------
    jobs : mapping of label to TrajectorySpec
        The processes, each brought to the size of the picture.
    picture : float32 array, shape (1, h, w), h = w
    """
    return [
        photograph_panel(label, at_size(job, picture.shape[-1]), picture)
        for label, job in jobs.items()
    ]


def photograph_panel(label: str, job: TrajectorySpec, picture: np.ndarray) -> SpectrumPanel:
    """A photograph (1, h, w) at `SHARES` of one process."""
    process = build(job.process, job.levels, job.sampling.step_noise, job.corruption)
    k = torch.tensor([round(share * process.n_steps) for share in SHARES])
    images = torch.from_numpy(np.tile(picture, (len(k), 1, 1, 1)))
    noise = SampleNoise(job.seed, [0] * len(k))
    states = process.to_image(process.forward(images, k, noise)).numpy()[:, 0]
    finite.check(
        states,
        f"states of {label}",
        "look at the options of the process",
        lambda i: f"level {int(k[i])}",
    )
    # A process that does not say has no floor to mark.
    floor = [
        process.noise_variance(int(level)) if isinstance(process, WithNoiseFloor) else 0.0
        for level in k
    ]
    return SpectrumPanel(label, states, SHARES, floor)


def at_size(job: TrajectorySpec, size: int) -> TrajectorySpec:
    """The same process on an image of another size: blur widths grow with the image.

    Peclet and Fourier numbers stay, so the process is the same in units of the image.
    """
    factor = size / job.image_size
    return replace(job, process=job.process.scaled(factor), levels=job.levels.scaled(factor))
