"""Schedules that make noising processes as corrupted as a blurring one, level by level."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from beyond_blur.analysis import alignment
from beyond_blur.analysis.alignment import LevelSpectra
from beyond_blur.config.rule_specs import TrajectorySpec
from beyond_blur.processes import Scheduled, build
from beyond_blur.processes.checks import check_images
from beyond_blur.processes.noise import SampleNoise


@dataclass(frozen=True)
class AlignedLevels:
    """The levels of several processes, compared by their measured spectra.

    Attributes
    ----------
    curves : dict of label to LevelSpectra
    rows : dict of str to array
        Columns of the table of matched levels: those of the first process under its label, the
        measure there, and the matched levels of the others.
    options : dict
        What `aligned_options` says.
    """

    curves: dict[str, LevelSpectra]
    rows: dict[str, np.ndarray]
    options: dict[str, Any]


def align_processes(jobs: Mapping[str, TrajectorySpec], images: np.ndarray) -> AlignedLevels:
    """Measure every process on the same images and match its levels to those of the first.

    Parameters
    ----------
    jobs : mapping of label to TrajectorySpec
    images : float32 array, shape (n, c, h, w), in [0, 1]

    Raises
    ------
    ValueError
        For no process, or images of another shape or range.
    """
    if not jobs:
        raise ValueError("there are no processes to align: give at least one, and its label")
    pictures = check_images(torch.from_numpy(images))
    curves = {label: level_spectra(job, pictures) for label, job in jobs.items()}
    first, *others = curves
    rows = alignment.align(curves[first], {name: curves[name] for name in others})
    named = {first if column == "level" else column: values for column, values in rows.items()}
    return AlignedLevels(curves, named, aligned_options(jobs, curves))


def level_spectra(job: TrajectorySpec, images: torch.Tensor) -> LevelSpectra:
    """Spectra of a process at some of its levels, every image with one flow or one noise."""
    process = build(job.process, job.levels, job.sampling.step_noise, job.corruption)
    levels, numbers = levels_measured(process.n_steps), list(range(len(images)))
    return alignment.measure_process(
        process, images, levels.tolist(), lambda: SampleNoise(job.seed, numbers)
    )


def levels_measured(n_levels: int) -> np.ndarray:
    """At most 33 levels, dense at the low ones, where noise grows fastest: int64, increasing."""
    even = np.linspace(0, n_levels, 17)
    dense = np.geomspace(1, n_levels, 17)
    return np.unique(np.concatenate([even, dense]).round().astype(np.int64))


def aligned_options(
    jobs: Mapping[str, TrajectorySpec], curves: Mapping[str, LevelSpectra]
) -> dict[str, Any]:
    """Config options that make each noising process as corrupted as a blurring one, level by level.

    Parameters
    ----------
    jobs : mapping of label to TrajectorySpec
    curves : mapping of label to LevelSpectra

    Returns
    -------
    dict
        ``reference``, the label of the first blurring process (None where there is none), and under
        the label of every noising one the options to put into its entry of ``processes``, or why
        there are none.
    """
    blurring = [label for label, job in jobs.items() if job.process.starts_from != "noise"]
    if not blurring:
        return {"reference": None}
    reference = curves[blurring[0]]
    wanted = np.arange(1, reference.levels[-1] + 1)
    options: dict[str, Any] = {"reference": blurring[0]}
    for label, job in jobs.items():
        if job.process.starts_from == "noise":
            matched = [alignment.matched_level(k, reference, curves[label]) for k in wanted]
            options[label] = given_schedule(job, np.array(matched))
    return options


def given_schedule(job: TrajectorySpec, matched: np.ndarray) -> dict[str, Any]:
    """The options of one process whose level j is to be its present level ``matched[j]``."""
    process = build(job.process, job.levels, job.sampling.step_noise, job.corruption)
    if not isinstance(process, Scheduled):
        return {"not aligned": f"process {job.process.name} has no schedule that could be given"}
    try:
        values = alignment.aligned_schedule(process.schedule, matched)
    except ValueError as error:
        return {"not aligned": str(error)}
    return job.process.given_options([round(value, 8) for value in values[1:]])
