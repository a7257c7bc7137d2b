"""Verbs of workflow/rules/paper.smk: the paper's own figures and the alignment of levels."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch

from beyond_blur.analysis import alignment
from beyond_blur.cli.verbs import FILE, FILES, TEXTS, option, verb
from beyond_blur.config import BlurringDiffusionOptions
from beyond_blur.config.rule_specs import TrajectoryJob, from_json
from beyond_blur.data.pixels import resize, to_float, to_uint8
from beyond_blur.processes import build
from beyond_blur.processes.noise import SampleNoise
from beyond_blur.storage import artifacts, atomic

PHOTOGRAPH_SIZE = 64


@verb(
    option("--png", **FILE),
    option("--pdf", **FILE),
)
def profiles(png: str, pdf: str) -> None:
    """Draw figure 1: what advection, blur and noise each do to a profile."""
    from beyond_blur.rendering import paper_figures, style

    x = (np.arange(128) + 0.5) / 128
    bumps = 0.15 + 0.7 * np.exp(-(((x - 0.35) / 0.07) ** 2)) + 0.3 * (np.abs(x - 0.7) < 0.06)
    panels = paper_figures.profile_states(bumps)
    style.save(paper_figures.profiles(bumps, panels), png, pdf)


@verb(
    option("--inputs", **FILES),
    option("--labels", **TEXTS),
    option("--png", **FILE),
    option("--pdf", **FILE),
)
def teaser(inputs: list[str], labels: list[str], png: str, pdf: str) -> None:
    """Draw the teaser: forward and reverse strips with surface plots above."""
    from beyond_blur.rendering import paper_figures, style

    strips = []
    for path, label in zip(inputs, labels, strict=True):
        file = artifacts.load(path, "trajectory").arrays
        # Mean over channels of the first image: a surface has one height.
        forward, backward = (file[way][0].mean(1) for way in ("forward", "backward"))
        levels = file["levels"].tolist()
        strips.append(paper_figures.Strips(label, forward, backward, levels))
    style.save(paper_figures.teaser(strips), png, pdf)


@verb(
    option("--specs", **TEXTS),
    option("--labels", **TEXTS),
    option("--png", **FILE),
    option("--pdf", **FILE),
)
def photograph(specs: list[str], labels: list[str], png: str, pdf: str) -> None:
    """Draw figure 2: the spectrum of one photograph under each process."""
    from sklearn.datasets import load_sample_image

    from beyond_blur.rendering import paper_figures, style

    grey = load_sample_image("china.jpg").mean(2)[:, 100:527] / 255
    picture = resized(grey, PHOTOGRAPH_SIZE)
    panels = []
    for spec, label in zip(specs, labels, strict=True):
        job = at_size(from_json(TrajectoryJob, spec), PHOTOGRAPH_SIZE)
        process = build(job.process, job.levels, job.delta, job.corruption)
        k = torch.tensor([round(share * process.n_steps) for share in (0, 0.25, 0.5, 0.75, 1)])
        images = torch.from_numpy(np.tile(picture, (len(k), 1, 1, 1)))
        noise = SampleNoise(job.seed, [0] * len(k))  # one flow and one noise at every level
        states = process.to_image(process.forward(images, k, noise)).numpy()[:, 0]
        names = [f"k = {int(level)}" for level in k]
        # Optional member: a process that does not say has no floor to mark.
        variance = getattr(process, "noise_variance", lambda level: 0.0)
        floor = [variance(int(level)) for level in k]
        panels.append(paper_figures.SpectrumPanel(label, states, names, floor))
    style.save(paper_figures.spectra_of_one_photograph(panels), png, pdf)


def resized(grey: np.ndarray, size: int) -> np.ndarray:
    """The centre square of a grey picture in [0, 1], antialiased: float32 (1, size, size)."""
    from PIL import Image

    return to_float(resize(Image.fromarray(to_uint8(grey)), size))[None]


def at_size(job: TrajectoryJob, size: int) -> TrajectoryJob:
    """The same process on an image of another size: blur widths grow with the image.

    Peclet and Fourier numbers stay, so the process is the same in units of the image.
    """
    factor = size / job.image_size
    levels = replace(
        job.levels,
        sigma_min=job.levels.sigma_min * factor,
        sigma_max=job.levels.sigma_max * factor,
        given=tuple(width * factor for width in job.levels.given),
    )
    process = job.process
    if isinstance(process, BlurringDiffusionOptions):
        process = replace(process, blur_width_max=process.blur_width_max * factor)
    return replace(job, process=process, levels=levels)


@verb(
    option("--specs", **TEXTS),
    option("--labels", **TEXTS),
    option("--images", **FILE),
    option("--csv", **FILE),
    option("--schedules", **FILE),
    option("--png", **FILE),
    option("--pdf", **FILE),
)
def align_levels(
    specs: list[str], labels: list[str], images: str, csv: str, schedules: str, png: str, pdf: str
) -> None:  # fmt: skip
    """Align the levels of different processes by their measured spectra."""
    import pandas as pd

    from beyond_blur.rendering import paper_figures, style

    pixels = to_float(artifacts.load(images, "images").arrays["images"][:64])
    curves = {
        label: measured(from_json(TrajectoryJob, spec), torch.from_numpy(pixels))
        for spec, label in zip(specs, labels, strict=True)
    }
    first, *others = curves
    rows = alignment.align(curves[first], {name: curves[name] for name in others})
    table = pd.DataFrame(rows).rename(columns={"level": first})
    atomic.write_text(csv, table.to_csv(index=False, float_format="%.5g"))
    processes = {
        label: from_json(TrajectoryJob, spec) for spec, label in zip(specs, labels, strict=True)
    }
    atomic.write_json(schedules, aligned_options(processes, curves))
    style.save(paper_figures.level_alignment(curves), png, pdf)


def aligned_options(
    processes: dict[str, TrajectoryJob], curves: dict[str, alignment.LevelSpectra]
) -> dict[str, Any]:
    """Config options that make each noising process as corrupted as a blurring one, level by level.

    Returns
    -------
    dict
        ``reference``, the label of the blurring process, and under every other label the options to
        put into its entry of ``processes``, or why there are none.
    """
    blurring = [label for label, job in processes.items() if job.process.starts_from != "noise"]
    if not blurring:
        return {"reference": None}
    reference = curves[blurring[0]]
    wanted = np.arange(1, reference.levels[-1] + 1)
    options: dict[str, Any] = {"reference": blurring[0]}
    for label, job in processes.items():
        if job.process.starts_from == "noise":
            matched = [alignment.matched_level(k, reference, curves[label]) for k in wanted]
            options[label] = given_schedule(job, np.array(matched))
    return options


def given_schedule(job: TrajectoryJob, matched: np.ndarray) -> dict[str, Any]:
    """The options of one process whose level j is to be its present level ``matched[j]``."""
    process: Any = build(job.process, job.levels, job.delta, job.corruption)
    is_ddpm = hasattr(process, "alphas_cumprod")
    try:
        values = alignment.aligned_schedule(
            process.alphas_cumprod if is_ddpm else process.times, matched
        )
    except ValueError as error:
        return {"not aligned": str(error)}
    given = [round(value, 8) for value in values[1:]]
    return {"schedule": "given", "given": given} if is_ddpm else {"given": given}


def measured(job: TrajectoryJob, images: torch.Tensor) -> alignment.LevelSpectra:
    """Spectra of a process at some of its levels, every image with one flow or one noise."""
    process = build(job.process, job.levels, job.delta, job.corruption)
    levels = levels_measured(process.n_steps)
    states = []
    for level in levels:
        k = torch.full((len(images),), int(level))
        x_k = process.forward(images, k, SampleNoise(job.seed, list(range(len(images)))))
        states.append(process.to_image(x_k).numpy())
    return alignment.measure(np.stack(states, axis=1), images.numpy(), levels)


def levels_measured(n_levels: int) -> np.ndarray:
    """At most 33 levels, dense at the low ones, where noise grows fastest: int64, increasing."""
    even = np.linspace(0, n_levels, 17)
    dense = np.geomspace(1, n_levels, 17)
    return np.unique(np.concatenate([even, dense]).round().astype(np.int64))
