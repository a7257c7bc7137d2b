"""Several files of arrays as one: loaded, or mapped and left on disk."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from beyond_blur.storage.artifacts import Artifact, checksum_of, load, read_manifest
from beyond_blur.storage.atomic import ArtifactError


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
    if checksum_of(arrays) != manifest["checksum"]:
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
    if len(shards) == 1:
        return shards[0].checksum
    return hashlib.sha256("".join(shard.checksum for shard in shards).encode()).hexdigest()


def check_agreement(paths: Sequence[Path | str], kind: str) -> None:
    """Refuse shards that were not made by one configuration, or from images of several shapes.

    Seeds may differ: samples of several seeds are one set.

    Raises
    ------
    ArtifactError
        Naming the shard that differs from the first one, and in what.
    """
    first = _traits(paths[0], kind)
    for path in paths[1:]:
        found = difference(first, _traits(path, kind))
        if found is not None:
            key, ours, other = found
            raise ArtifactError(
                f"{path} does not belong with {paths[0]}: {key} is {other} in the one and {ours} "
                "in the other; delete the one that is not of this run and rerun"
            )


def _traits(path: Path | str, kind: str) -> dict[str, Any]:
    """What the shards of one set have in common: the spec but for a seed, and the rows' shapes."""
    from safetensors import safe_open

    spec = read_manifest(path, kind)["spec"]
    with safe_open(path, framework="numpy") as file:
        entries = {name: file.get_slice(name) for name in file.offset_keys()}
    rows = {name: [e.get_dtype(), *e.get_shape()[1:]] for name, e in entries.items()}
    return {**{key: value for key, value in spec.items() if key != "seed"}, "rows": rows}


def difference(a: Any, b: Any, key: str = "") -> tuple[str, Any, Any] | None:
    """The first key in which two JSON values differ, dotted, and both its values; else None.

    A key that only one of them has counts as one that is null in the other.
    """
    if isinstance(a, dict) and isinstance(b, dict):
        for name in {**a, **b}:
            inner = f"{key}.{name}" if key else name
            found = difference(a.get(name), b.get(name), inner)
            if found is not None:
                return found
        return None
    return None if a == b else (key, a, b)
