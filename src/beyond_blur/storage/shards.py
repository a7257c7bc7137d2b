"""Several files of arrays as one: loaded, or mapped and left on disk."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from beyond_blur.storage.artifacts import Artifact, checksum_of, load, read_manifest
from beyond_blur.storage.atomic import ArtifactError
from beyond_blur.storage.belonging import difference

ONE_OF_MANY = ("shard", "seed")
"""Traits in which the files of one set differ."""

NUMBERED = re.compile(r"shard-(\d+)")
"""What a shard's file is called."""


def load_shards(paths: Sequence[Path | str], kind: str) -> Artifact:
    """Read several shards as one: arrays joined along their first axis, in the given order.

    Raises
    ------
    ArtifactError
        As `load` does, and for shards that do not belong together.
    """
    import numpy as np

    check_agreement(paths, kind)
    shards = [load(path, kind) for path in paths]
    arrays = {
        name: np.concatenate([shard.arrays[name] for shard in shards]) for name in shards[0].arrays
    }
    return Artifact(arrays, shards[0].manifest, joined_checksum(shards))


def map_arrays(path: Path | str, kind: str) -> Artifact:
    """Read a file as `load` does, but leave its arrays on disk, memory-mapped.

    The file is read once, from end to end, for its checksum. After that the operating system keeps
    of it what memory is free for. The arrays may be written to; the file does not change.

    Raises
    ------
    ArtifactError
        As `load` does.
    """
    from safetensors import safe_open

    manifest = read_manifest(path, kind)
    # safetensors maps a file for torch and copies it for NumPy (500 MB: 30 ms and no memory of its
    # own, against seconds and 500 MB, at 0.8.0). The arrays below are views of torch's mapping.
    with safe_open(path, framework="pt") as file:
        arrays = {name: file.get_tensor(name).numpy() for name in file.offset_keys()}
    if checksum_of(arrays) != manifest.get("checksum"):
        raise ArtifactError(f"{path} does not match its checksum: delete it and rerun")
    return Artifact(arrays, manifest, manifest["checksum"])


def map_shards(paths: Sequence[Path | str], kind: str, threads: int = 1) -> list[Artifact]:
    """Several shards of one set, memory-mapped; ``threads`` of them are verified at a time.

    Raises
    ------
    ArtifactError
        As `load` does, and for shards that do not belong together.
    """
    from concurrent.futures import ThreadPoolExecutor

    check_agreement(paths, kind)
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda path: map_arrays(path, kind), paths))


def joined_checksum(shards: Sequence[Artifact]) -> str:
    """The checksum of shards in this order; of a single one its own."""
    return joined([shard.checksum for shard in shards])


def joined(checksums: Sequence[str]) -> str:
    """One checksum of files in this order, from theirs; of a single one its own."""
    if len(checksums) == 1:
        return checksums[0]
    return hashlib.sha256("".join(checksums).encode()).hexdigest()


def check_agreement(paths: Sequence[Path | str], kind: str) -> None:
    """Refuse shards that were not made by one configuration, or from images of several shapes.

    Seeds may differ: samples of several seeds are one set. A shard is called by its number, and no
    two hold the same.

    Raises
    ------
    ArtifactError
        Naming the shard that differs from the first one, and in what.
    """
    manifests = [read_manifest(path, kind) for path in paths]
    first = _common(paths[0], manifests[0])
    for path, manifest in zip(paths[1:], manifests[1:], strict=True):
        found = difference(first, _common(path, manifest))
        if found is not None:
            key, ours, other = found
            raise ArtifactError(
                f"{path} does not belong with {paths[0]}: {key} is {other} in the one and {ours} "
                "in the other; delete the one that is not of this run and rerun"
            )
    for path, manifest in zip(paths, manifests, strict=True):
        _check_number(path, manifest)
    seen: dict[str, Path | str] = {}
    for path, manifest in zip(paths, manifests, strict=True):
        other = seen.setdefault(manifest["checksum"], path)
        if other is not path:
            raise ArtifactError(
                f"{path} holds the same arrays as {other}: one was copied over the other; delete "
                "the copy and rerun"
            )


def _check_number(path: Path | str, manifest: dict[str, Any]) -> None:
    """Refuse a shard that is called by the number of another one."""
    called, number = NUMBERED.fullmatch(Path(path).stem), manifest["traits"].get("shard")
    if called is not None and number is not None and int(called[1]) != number:
        raise ArtifactError(
            f"{path} holds shard {number} of its set, not {called[1]}: it was copied or renamed; "
            "delete it and rerun"
        )


def _common(path: Path | str, manifest: dict[str, Any]) -> dict[str, Any]:
    """What the shards of one set have in common: settings, what they are of, the rows' shapes."""
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as file:
        entries = {name: file.get_slice(name) for name in file.offset_keys()}
    rows = {name: [e.get_dtype(), *e.get_shape()[1:]] for name, e in entries.items()}
    traits = {key: value for key, value in manifest["traits"].items() if key not in ONE_OF_MANY}
    spec = {key: value for key, value in manifest["spec"].items() if key != "seed"}
    return {**spec, **traits, "rows": rows}
