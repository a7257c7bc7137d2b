"""Verbs of workflow/rules/corruption.smk."""

from __future__ import annotations

import importlib.metadata
from dataclasses import replace

import numpy as np

from beyond_blur.cli.verbs import FILE, SHARDS, SPEC, THREADS, option, verb
from beyond_blur.config import Corruption, to_json_values
from beyond_blur.config.checks import last_trained
from beyond_blur.config.rule_specs import CorruptionJob, from_json
from beyond_blur.corruption import backend
from beyond_blur.corruption import pairs as drawn
from beyond_blur.data import pixels
from beyond_blur.lbm.levels import LatticeSchedule, blur_widths
from beyond_blur.lbm.stability import describe
from beyond_blur.storage import artifacts, cache_checks

CUPY = ("cupy-cuda12x", "cupy-cuda13x", "cupy")
"""Names under which CuPy is installed."""


@verb(
    option("--spec", **SPEC),
    option("--images", **FILE),
    option("--threads", **THREADS),
    option("--shards", **SHARDS),
    option("--out", **FILE),
)
def cache_pairs(spec: str, images: str, threads: int, shards: int, out: str) -> None:
    """Corrupt images and cache training pairs (x_k, x_{k-1})."""
    job: CorruptionJob = from_json(CorruptionJob, spec)
    shard = artifacts.load(images, "images")
    n, *shape = shard.arrays["images"].shape
    size = cache_checks.pairs_bytes(n, shape, job.corruption)
    room = cache_checks.check_space(out, size, shards, remedy(job.corruption))
    schedule, options = begin(job, shard, threads, room)
    values = pixels.to_float(shard.arrays["images"])
    made = drawn.draw_pairs(
        values, schedule, job.peclet, job.velocity, options, shard.arrays["index"],
        transport=job.transport,
        last_level=last_trained(job.levels.n_levels, job.levels.train_last_level),
    )  # fmt: skip
    dtype = np.dtype(job.corruption.dtype)
    arrays = {
        "x_k": made["x_k"].astype(dtype),
        "x_previous": made["x_previous"].astype(dtype),
        "k": made["k"],
        "index": shard.arrays["index"][made["image_index"]],
    }
    write(out, "pairs", arrays, job, images, shard)


@verb(
    option("--spec", **SPEC),
    option("--images", **FILE),
    option("--threads", **THREADS),
    option("--shards", **SHARDS),
    option("--out", **FILE),
)
def terminal_states(spec: str, images: str, threads: int, shards: int, out: str) -> None:
    """Corrupt images to the last level, where sampling starts."""
    job: CorruptionJob = from_json(CorruptionJob, spec)
    shard = artifacts.load(images, "images")
    n, *shape = shard.arrays["images"].shape
    size = cache_checks.terminal_bytes(n, shape)
    room = cache_checks.check_space(out, size, shards, "lower dataset.max_images")
    schedule, options = begin(job, shard, threads, room)
    values = pixels.to_float(shard.arrays["images"])
    states = drawn.terminal_states(
        values, schedule, job.peclet, job.velocity, options, shard.arrays["index"],
        transport=job.transport,
    )  # fmt: skip
    arrays = {"terminal": states, "index": shard.arrays["index"]}
    write(out, "terminal", arrays, job, images, shard)


def remedy(options: Corruption) -> str:
    """Which keys make a cache of pairs smaller."""
    half = ", set corruption.dtype: float16" if options.dtype == "float32" else ""
    return (
        f"lower corruption.draws ({options.draws}) or corruption.levels_per_draw "
        f"({options.levels_per_draw}){half}"
    )


def begin(
    job: CorruptionJob, shard: artifacts.Artifact, threads: int, room: str
) -> tuple[LatticeSchedule, Corruption]:
    """Work out the schedule; print it and the room on disk before any work starts."""
    schedule = LatticeSchedule.from_blur_widths(blur_widths(job.levels))
    size = max(shard.arrays["images"].shape[-2:])
    print(describe(schedule, job.peclet, job.velocity, size), room, sep="\n", flush=True)
    return schedule, replace(job.corruption, threads=threads)


def write(
    out: str, kind: str, arrays: dict[str, np.ndarray], job: CorruptionJob, images: str,
    shard: artifacts.Artifact,
) -> None:  # fmt: skip
    """One shard of corrupted images; its manifest says which backend ran."""
    shape = shard.arrays["images"].shape[1:]
    solver = backend.solver_name(job.corruption, job.peclet, shape)
    artifacts.save(
        out, arrays, kind=kind, spec=to_json_values(job), inputs={images: shard.checksum},
        packages=packages_of(solver), backend=solver,
    )  # fmt: skip


def packages_of(solver: str) -> tuple[str, ...]:
    """The packages whose versions can change what a solver makes."""
    if solver == "cpu":
        return ("numpy", "numba")
    if solver != "gpu":
        return ("numpy",)
    installed = {each.metadata["Name"] for each in importlib.metadata.distributions()}
    return ("numpy", *(name for name in CUPY if name in installed))
