"""Verbs of workflow/rules/corruption.smk."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from beyond_blur.cli.verbs import FILE, SHARD, SHARDS, SPEC, THREADS, option, verb
from beyond_blur.config import Corruption, disk, to_json_values
from beyond_blur.config.level_checks import last_trained
from beyond_blur.config.rule_specs import CorruptionSpec, from_json

if TYPE_CHECKING:
    import numpy as np

    from beyond_blur.corruption.backend import Backend
    from beyond_blur.lbm.trajectory import Trajectory
    from beyond_blur.storage import artifacts


@verb(
    option("--spec", **SPEC),
    option("--images", **{**FILE, "help": "one shard, or the list that holds --shard"}),
    option("--threads", **THREADS),
    option("--shards", **SHARDS),
    option("--shard", **SHARD),
    option("--out", **FILE),
)
def cache_pairs(
    spec: str, images: str, threads: int, shards: int, shard: int | None, out: str
) -> None:
    """Corrupt images and cache training pairs (x_k, x_{k-1})."""
    from beyond_blur.corruption import pairs
    from beyond_blur.data import pixels
    from beyond_blur.storage import cache_checks, shard_lists

    job: CorruptionSpec = from_json(CorruptionSpec, spec)
    images = shard_lists.picked(images, shard)
    clean = load_images(images, job, shard)
    n, *shape = clean.arrays["images"].shape
    size = disk.pairs_bytes(n, shape, job.corruption)
    room = cache_checks.check_space(out, size, shards, remedy(job.corruption))
    trajectory, backend = begin(job, clean, threads, room)
    values = pixels.to_float(clean.arrays["images"])
    made = pairs.draw_pairs(
        values, clean.arrays["index"], trajectory, job.corruption, backend,
        last_level=last_trained(job.levels.n_levels, job.levels.train_last_level),
    )  # fmt: skip
    arrays = {
        "x_k": pairs.as_stored(made["x_k"], job.corruption.dtype),
        "x_previous": pairs.as_stored(made["x_previous"], job.corruption.dtype),
        "k": made["k"],
        "index": clean.arrays["index"][made["image_index"]],
    }
    write(out, "pairs", arrays, job, backend, images, clean)


@verb(
    option("--spec", **SPEC),
    option("--images", **{**FILE, "help": "one shard, or the list that holds --shard"}),
    option("--threads", **THREADS),
    option("--shards", **SHARDS),
    option("--shard", **SHARD),
    option("--out", **FILE),
)
def terminal_states(
    spec: str, images: str, threads: int, shards: int, shard: int | None, out: str
) -> None:
    """Corrupt images to the last level, where sampling starts."""
    from beyond_blur.corruption import pairs
    from beyond_blur.data import pixels
    from beyond_blur.storage import cache_checks, shard_lists

    job: CorruptionSpec = from_json(CorruptionSpec, spec)
    images = shard_lists.picked(images, shard)
    clean = load_images(images, job, shard)
    n, *shape = clean.arrays["images"].shape
    size = disk.terminal_bytes(n, shape)
    room = cache_checks.check_space(out, size, shards, "lower dataset.max_images")
    trajectory, backend = begin(job, clean, threads, room)
    values, seed = pixels.to_float(clean.arrays["images"]), job.corruption.seed
    states = pairs.terminal_states(values, clean.arrays["index"], trajectory, seed, backend)
    arrays = {"terminal": states, "index": clean.arrays["index"]}
    write(out, "terminal", arrays, job, backend, images, clean)


def load_images(path: str, job: CorruptionSpec, shard: int | None) -> artifacts.Artifact:
    """The images that the job corrupts: of its split and of the number that it was asked for."""
    from beyond_blur.storage import artifacts, belonging

    file = artifacts.load(path, "images")
    belonging.check(path, file.manifest, split=job.split, shard=shard)
    return file


def remedy(options: Corruption) -> str:
    """Which keys make a cache of pairs smaller."""
    half = ", set corruption.dtype: float16" if options.dtype == "float32" else ""
    return (
        f"lower corruption.draws ({options.draws}) or corruption.levels_per_draw "
        f"({options.levels_per_draw}){half}"
    )


def begin(
    job: CorruptionSpec, images: artifacts.Artifact, threads: int, room: str
) -> tuple[Trajectory, Backend]:
    """What the job asks for; prints it and the room on disk before any work starts."""
    from beyond_blur.corruption.backend import choose
    from beyond_blur.lbm.trajectory import Trajectory

    trajectory = Trajectory.from_options(job, job.levels, job.corruption)
    shape = images.arrays["images"].shape[1:]
    print(trajectory.describe(shape), room, sep="\n", flush=True)
    return trajectory, choose(replace(job.corruption, threads=threads), trajectory, shape)


def write(
    out: str, kind: str, arrays: dict[str, np.ndarray], job: CorruptionSpec, backend: Backend,
    path: str, images: artifacts.Artifact,
) -> None:  # fmt: skip
    """One shard of corrupted images; its manifest says which backend ran, and on which images."""
    from beyond_blur.storage import artifacts

    artifacts.save(
        out, arrays, kind=kind, spec=to_json_values(job), inputs={"images": images.checksum},
        traits={**images.traits, "process": job.process}, packages=backend.packages,
        backend=backend.name, made_from=path,
    )  # fmt: skip
