"""The cache of corrupted images: how much room it takes, and whether its shards are of this run.

Beside `artifacts` the only module that looks at files on its own account.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from beyond_blur.config import AdvectionDiffusionOptions, Corruption, Levels, to_json_values
from beyond_blur.storage import artifacts, belonging
from beyond_blur.storage.atomic import ArtifactError
from beyond_blur.storage.sizes import in_bytes

OPTIONS = ("walls", "grey_range")
"""Options of the corruption that decide what a pair is."""


def check_space(out: Path | str, shard_bytes: int, n_shards: int, remedy: str) -> str:
    """Refuse to begin a shard where those that are still to be written would not fit.

    Parameters
    ----------
    out : path
        Where this shard is to be. Files of the same ending beside it are of the same cache: what
        they hold is not needed again, nor is that of stale ones, which are replaced.
    shard_bytes : int
        Predicted size of this shard; the others are taken to be as large.
    n_shards : int
        Shards of the whole cache.
    remedy : str
        The keys to change, for the message.

    Returns
    -------
    str
        The prediction in one line.

    Raises
    ------
    ArtifactError
        Naming the size still needed, the free size and the remedy.
    """
    out = Path(out)
    others = [path for path in out.parent.glob(f"[!.]*{out.suffix}") if path != out]
    written = 0
    for path in others[: n_shards - 1]:
        with contextlib.suppress(FileNotFoundError):  # another job begins to make it again
            written += min(path.stat().st_size, shard_bytes)
    whole, free = shard_bytes * n_shards, shutil.disk_usage(_existing(out.parent)).free
    left = in_bytes(whole - written)
    if whole - written > free:
        raise ArtifactError(
            f"{out.parent} has {in_bytes(free)} free, but the cache needs another {left} there "
            f"({in_bytes(whole)} in {n_shards} shards): {remedy}, or make room"
        )
    return (
        f"disk: {in_bytes(whole)} in {n_shards} shards, {left} still to be written; "
        f"{in_bytes(free)} free"
    )


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists."""
    return next(place for place in (folder, *folder.absolute().parents) if place.exists())


def check_origin(
    paths: Sequence[Path | str], kind: str, images: Sequence[Path | str] | None = None
) -> None:
    """Refuse shards that were made from other images than those there are now.

    Parameters
    ----------
    paths : sequence of path
        Shards of pairs or terminal states.
    kind : str
        ``pairs`` or ``terminal``.
    images : sequence of path, optional
        The image shard that each was made from; by default the one its manifest names, where that
        still exists.

    Raises
    ------
    ArtifactError
        Naming the stale shard, or two shards made from the same images.
    """
    seen: dict[str, Path | str] = {}
    for i, path in enumerate(paths):
        manifest = artifacts.read_manifest(path, kind)
        checksum = manifest["inputs"].get("images")
        if checksum in seen:
            raise ArtifactError(
                f"{path} was made from the same images as {seen[checksum]}: delete the copy and "
                "rerun"
            )
        seen[checksum] = path
        place = Path(manifest.get("made_from", "") if images is None else images[i])
        known = images is not None or place.is_file()
        if known and artifacts.read_manifest(place, "images")["checksum"] != checksum:
            raise ArtifactError(
                f"{path} is stale: it was made from other images than {place} holds; delete it "
                "and rerun"
            )


def check_spec(
    path: Path | str,
    manifest: Mapping[str, Any],
    process: AdvectionDiffusionOptions,
    levels: Levels,
    options: Corruption | None = None,
) -> None:
    """Refuse a shard of kind ``pairs`` or ``terminal`` that other settings made.

    Without ``options`` those of the corruption are not compared. Number of draws, seed, backend,
    format and threads may differ: they do not change what a pair is.

    Raises
    ------
    ArtifactError
        Naming the shard, the key and both its values.
    """
    spec = manifest["spec"]
    wanted = {
        "peclet": process.peclet, "transport": process.transport,
        "velocity": to_json_values(process.velocity), "levels": to_json_values(levels),
    }  # fmt: skip
    made = {name: spec.get(name) for name in wanted}
    if options is not None:
        wanted["corruption"] = {name: to_json_values(options)[name] for name in OPTIONS}
        made["corruption"] = {name: spec.get("corruption", {}).get(name) for name in OPTIONS}
    belonging.check_spec(path, made, wanted)
