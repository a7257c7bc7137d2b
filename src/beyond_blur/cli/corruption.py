"""Verbs of workflow/rules/corruption.smk."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from beyond_blur import artifacts, corruption, data
from beyond_blur.config import Corruption, plain
from beyond_blur.jobs import CorruptionJob, from_json
from beyond_blur.lbm.units import LatticeSchedule, blur_widths, describe


def pairs(spec: str, images: str, threads: int, out: str) -> None:
    """Corrupt images and cache training pairs (x_k, x_{k-1})."""
    job: CorruptionJob = from_json(CorruptionJob, spec)
    shard = artifacts.load(images, "images")
    schedule, options = begin(job, shard, threads)
    values = data.to_float(shard.arrays["images"])
    made = corruption.draw_pairs(
        values, schedule, job.peclet, job.velocity, options, shard.arrays["index"],
        transport=job.transport,
    )  # fmt: skip
    dtype = np.dtype(job.corruption.dtype)
    arrays = {
        "x_k": made["x_k"].astype(dtype),
        "x_previous": made["x_previous"].astype(dtype),
        "k": made["k"],
        "index": shard.arrays["index"][made["image_index"]],
    }
    write(out, "pairs", arrays, job, images, shard)


def terminal(spec: str, images: str, threads: int, out: str) -> None:
    """Corrupt images to the last level, where sampling starts."""
    job: CorruptionJob = from_json(CorruptionJob, spec)
    shard = artifacts.load(images, "images")
    schedule, options = begin(job, shard, threads)
    values = data.to_float(shard.arrays["images"])
    states = corruption.terminal_states(
        values, schedule, job.peclet, job.velocity, options, shard.arrays["index"],
        transport=job.transport,
    )  # fmt: skip
    arrays = {"terminal": states, "index": shard.arrays["index"]}
    write(out, "terminal", arrays, job, images, shard)


def begin(
    job: CorruptionJob, shard: artifacts.Artifact, threads: int
) -> tuple[LatticeSchedule, Corruption]:
    """Work out the schedule and print it, before any work starts."""
    schedule = LatticeSchedule.from_blur_widths(blur_widths(job.levels))
    size = max(shard.arrays["images"].shape[-2:])
    print(describe(schedule, job.peclet, job.velocity, size), flush=True)
    return schedule, replace(job.corruption, threads=threads)


def write(
    out: str, kind: str, arrays: dict[str, np.ndarray], job: CorruptionJob, images: str,
    shard: artifacts.Artifact,
) -> None:  # fmt: skip
    """One shard of corrupted images."""
    artifacts.save(
        out, arrays, kind=kind, spec=plain(job), inputs={images: shard.checksum},
        packages=("numpy", "numba"),
    )  # fmt: skip
