"""Tables and pictures, which have no room for a manifest: it lies beside them, under one seal.

``table1.csv``, ``table1.md`` and the others of one verb share ``table1.manifest.json``, which holds
their checksums and those of the files that they were made from.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from beyond_blur.storage import artifacts, records
from beyond_blur.storage.atomic import ArtifactError
from beyond_blur.storage.manifest_place import manifest_of
from beyond_blur.storage.shards import joined


def write_manifest(
    files: Sequence[Path | str],
    *,
    kind: str,
    spec: Any,
    inputs: Mapping[str, Sequence[Path | str]] | None = None,
    traits: Mapping[str, Any] | None = None,
    packages: tuple[str, ...] = ("matplotlib", "numpy"),
) -> None:
    """Write the manifest of files that one verb has written, beside the first of them.

    Parameters
    ----------
    files : sequence of path
        Listed by their places relative to the first one's folder.
    kind : str
        What they are: ``"table"``, ``"figure"``, ...
    spec : JSON-ready value
        What they were made with.
    inputs : mapping of str to sequence of path, optional
        What they were made from, by what it served as.
    traits : mapping, optional
        What they are of, as of `artifacts.save`.
    packages : tuple of str
        Packages whose versions can change the files.
    """
    place = Path(manifest_of(files[0]))
    listed = {relative(file, place.parent): checksum_of_file(file) for file in files}
    checksums = {
        role: joined([checksum(path) for path in paths])
        for role, paths in (inputs or {}).items()
        if paths
    }
    records.save(
        place,
        {"files": listed},
        kind=kind,
        spec=spec,
        inputs=checksums,
        traits=traits,
        packages=packages,
    )


def relative(path: Path | str, folder: Path) -> str:
    """A path as seen from a folder, with forward slashes."""
    return Path(os.path.relpath(path, folder)).as_posix()


def check(
    path: Path | str, kind: str | None = None, manifest: Path | None = None
) -> dict[str, Any]:
    """The manifest of an output, whose content is what was written.

    Parameters
    ----------
    path : path
    kind : str, optional
        What the manifest has to say that it is of.
    manifest : path, optional
        Where it lies, of an output that its verb has not written first.

    Raises
    ------
    ArtifactError
        An output that is missing, that was changed since, or that has no manifest.
    """
    place = manifest or Path(manifest_of(path))
    if not Path(path).exists():
        raise ArtifactError(f"{path} does not exist")
    if not place.exists():
        raise ArtifactError(
            f"{path} has no {place.name} beside it, so nobody knows what it is: make it again"
        )
    record = records.load(place, kind)
    name = relative(path, place.parent)
    if name not in record["files"]:
        raise ArtifactError(f"{place} does not list {name}: make it again")
    if record["files"][name] != checksum_of_file(path):
        raise ArtifactError(
            f"{path} is not what was written: it was changed by hand or damaged; delete it and "
            "rerun"
        )
    return record


def checksum_of_file(path: Path | str) -> str:
    """sha256 of a file's bytes."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def checksum(path: Path | str) -> str:
    """What names the content of a file: that of its arrays, of its record, or of its bytes."""
    path = Path(path)
    if path.suffix == ".safetensors":
        return str(artifacts.read_manifest(path)["checksum"])
    if path.suffix == ".json":
        return str(records.load(path)["seal"])
    return checksum_of_file(path)
