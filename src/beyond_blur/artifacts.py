"""Results on disk: arrays with their manifest, whole or not there at all.

One format for every array the workflow keeps: safetensors, whose header holds a JSON manifest
(what was computed from what, by which versions) and a checksum of the arrays. No pickle is ever
read. Writing goes to a temporary name beside the target, then one rename.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import json
import os
import platform
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from beyond_blur import __version__

if TYPE_CHECKING:
    import numpy as np

FORMAT = 1

DTYPES = {
    "BOOL": "?", "U8": "u1", "I8": "i1", "U16": "<u2", "I16": "<i2", "U32": "<u4", "I32": "<i4",
    "U64": "<u8", "I64": "<i8", "F16": "<f2", "F32": "<f4", "F64": "<f8",
}  # fmt: skip
"""NumPy's names of safetensors' number formats."""


class ArtifactError(ValueError):
    """A file that is not the result it should be."""


@dataclass(frozen=True)
class Artifact:
    """Arrays read from disk, their manifest and the checksum of the arrays."""

    arrays: dict[str, np.ndarray]
    manifest: dict[str, Any]
    checksum: str


@contextlib.contextmanager
def atomic(path: Path | str) -> Iterator[Path]:
    """A temporary path beside ``path`` that takes its name once the block has ended well."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    umask = os.umask(0)
    os.umask(umask)
    temporary = Path(name)
    try:
        yield temporary
        # mkstemp makes private files, and so does safetensors, which puts its own file there;
        # results are to be as readable as any other file of the user's.
        temporary.chmod(0o666 & ~umask)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path | str, text: str) -> None:
    """Write a text file, whole or not at all."""
    with atomic(path) as temporary:
        temporary.write_text(text)


def write_json(path: Path | str, value: Any) -> None:
    """Write a JSON file, whole or not at all; keys keep their order."""
    write_text(path, json.dumps(value, indent=1) + "\n")


def read_json(path: Path | str) -> Any:
    """Read a JSON file, naming it where it is not one."""
    try:
        return json.loads(Path(path).read_text())
    except json.JSONDecodeError as error:
        raise ArtifactError(f"{path} is not valid JSON ({error}): delete it and rerun") from error


def checksum_of(arrays: Mapping[str, np.ndarray]) -> str:
    """sha256 over names, types, shapes and bytes of the arrays, in the order of their names."""
    import numpy as np

    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name}:{array.dtype.str}:{array.shape};".encode())
        digest.update(array.reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


def versions(*packages: str) -> dict[str, str]:
    """Versions of Python, of this package and of the named ones, read without importing them."""
    named = {package: importlib.metadata.version(package) for package in packages}
    return {"python": platform.python_version(), "beyond_blur": __version__, **named}


def save(
    path: Path | str,
    arrays: Mapping[str, np.ndarray],
    *,
    kind: str,
    spec: Any,
    inputs: Mapping[str, str] | None = None,
    packages: tuple[str, ...] = ("numpy",),
    **facts: Any,
) -> None:
    """Write arrays with their manifest.

    Parameters
    ----------
    path : path
        Where to; the file appears whole or not at all.
    arrays : mapping of str to array
        What to keep.
    kind : str
        What the file is (``"images"``, ``"pairs"``, ``"weights"``, ...); checked when it is read.
    spec : JSON-ready value
        The part of the configuration it was made with, seed included.
    inputs : mapping of str to str, optional
        Checksums of what it was made from, by name.
    packages : tuple of str
        Packages whose versions can change the result.
    **facts : JSON-ready values
        Anything else worth keeping beside the arrays.
    """
    import numpy as np
    from safetensors.numpy import save_file

    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    manifest = {
        "format": FORMAT,
        "kind": kind,
        "checksum": checksum_of(contiguous),
        "spec": spec,
        "inputs": dict(inputs or {}),
        "versions": versions(*packages),
        **facts,
    }
    # One metadata key only: safetensors does not keep the order of several, and the same result
    # must be the same bytes.
    with atomic(path) as temporary:
        save_file(contiguous, temporary, metadata={"manifest": json.dumps(manifest)})


def read_manifest(path: Path | str, kind: str | None = None) -> dict[str, Any]:
    """The manifest of a file, without reading its arrays.

    Raises
    ------
    ArtifactError
        A missing, truncated or foreign file, or one of another kind.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            manifest = json.loads((file.metadata() or {})["manifest"])
        written_as = manifest["format"]
    except FileNotFoundError as error:
        raise ArtifactError(f"{path} does not exist") from error
    except (SafetensorError, KeyError, OSError, TypeError, json.JSONDecodeError) as error:
        raise ArtifactError(
            f"{path} is truncated or not a file of this project ({error}): delete it and rerun"
        ) from error
    if written_as != FORMAT:
        raise ArtifactError(
            f"{path} has format {written_as}, this version reads {FORMAT}: delete it and rerun"
        )
    if kind is not None and manifest["kind"] != kind:
        raise ArtifactError(f"{path} holds {manifest['kind']}, expected {kind}")
    return dict(manifest)


def load(path: Path | str, kind: str) -> Artifact:
    """Read a file written by `save` and check its arrays against the checksum.

    Raises
    ------
    ArtifactError
        A missing, truncated, foreign or altered file, or one of another kind.
    """
    from safetensors.numpy import load_file

    manifest = read_manifest(path, kind)
    arrays = load_file(path)
    if checksum_of(arrays) != manifest["checksum"]:
        raise ArtifactError(f"{path} does not match its checksum: delete it and rerun")
    return Artifact(arrays, manifest, manifest["checksum"])


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
    import numpy as np

    manifest, arrays = read_manifest(path, kind), {}
    for name, (dtype, shape, place) in _layout(path).items():
        # An empty array cannot be mapped. Mode c, not r: torch warns of arrays it must not write.
        empty = 0 in shape
        arrays[name] = (
            np.empty(shape, dtype) if empty else np.memmap(path, dtype, "c", place, shape)
        )
    if checksum_of(arrays) != manifest["checksum"]:
        raise ArtifactError(f"{path} does not match its checksum: delete it and rerun")
    return Artifact(arrays, manifest, manifest["checksum"])


def _layout(path: Path | str) -> dict[str, tuple[str, tuple[int, ...], int]]:
    """Number format, shape and first byte of every array of a sound file."""
    with Path(path).open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
    return {
        name: (DTYPES[entry["dtype"]], tuple(entry["shape"]), 8 + length + entry["data_offsets"][0])
        for name, entry in header.items()
        if name != "__metadata__"
    }


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
    spec = read_manifest(path, kind)["spec"]
    rows = {name: [dtype, *shape[1:]] for name, (dtype, shape, _) in _layout(path).items()}
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
