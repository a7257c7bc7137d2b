"""Results on disk: arrays with their manifest, whole or not there at all.

One format for every array the workflow keeps: safetensors, whose header holds a JSON manifest
(what was computed from what, by which versions), a checksum of the arrays and a seal over all of
it. No pickle is ever read. Writing goes to a temporary name beside the target, then one rename.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from beyond_blur import __version__
from beyond_blur.storage.atomic import ArtifactError, atomic, refuse_unreadable
from beyond_blur.storage.foreign import what_is
from beyond_blur.storage.seal import check_seal, sealed

if TYPE_CHECKING:
    import numpy as np


FORMAT = 2
"""Of manifests: one without traits and a seal is of format 1."""

DESCRIBED = {"kind": str, "inputs": dict, "traits": dict}
"""What readers look up in a manifest, and the types of it."""


@dataclass(frozen=True)
class Artifact:
    """Arrays read from disk, their manifest and the checksum of the arrays."""

    arrays: dict[str, np.ndarray]
    manifest: dict[str, Any]
    checksum: str

    @property
    def traits(self) -> dict[str, Any]:
        """What the arrays are of: see `save`."""
        return dict(self.manifest["traits"])


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
    traits: Mapping[str, Any] | None = None,
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
        Checksums of what it was made from, by what it served as.
    traits : mapping of str to str or int, optional
        What the file is of, for its readers to compare: keys of `belonging.TRAITS`.
    packages : tuple of str
        Packages whose versions can change the result.
    **facts : JSON-ready values
        Anything else worth keeping beside the arrays.
    """
    import numpy as np
    from safetensors.numpy import save_file

    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    described = describe(kind, spec, inputs, traits, packages)
    manifest = sealed({**described, "checksum": checksum_of(contiguous), **facts})
    # One metadata key only: safetensors does not keep the order of several, and the same result
    # must be the same bytes.
    with atomic(path, sum(array.nbytes for array in contiguous.values())) as temporary:
        save_file(contiguous, temporary, metadata={"manifest": json.dumps(manifest)})


def describe(
    kind: str,
    spec: Any,
    inputs: Mapping[str, str] | None,
    traits: Mapping[str, Any] | None,
    packages: tuple[str, ...],
) -> dict[str, Any]:
    """What every manifest says, whatever the file holds; parameters as of `save`."""
    return {
        "format": FORMAT,
        "kind": kind,
        "spec": spec,
        "inputs": dict(inputs or {}),
        "traits": dict(traits or {}),
        "versions": versions(*packages),
    }


def check_description(path: Path | str, manifest: Any, kind: str | None) -> None:
    """Refuse a manifest of another format or kind, or one that has changed.

    Raises
    ------
    ArtifactError
        Naming the file.
    """
    if not is_manifest(manifest):
        raise ArtifactError(f"{path} is not a file of this project: it has no manifest")
    written_as = manifest["format"]
    if written_as != FORMAT:
        raise ArtifactError(
            f"{path} has format {written_as}, this version reads {FORMAT}: delete it and rerun"
        )
    check_seal(path, manifest)
    wrong = [key for key, of in DESCRIBED.items() if not isinstance(manifest.get(key), of)]
    if wrong:
        raise ArtifactError(f"{path} has a manifest without {wrong[0]}: delete it and rerun")
    if kind is not None and manifest["kind"] != kind:
        raise ArtifactError(f"{path} holds {manifest['kind']}, expected {kind}")


def is_manifest(values: Any) -> bool:
    """Whether a JSON value is a manifest that some version of this project wrote."""
    if not isinstance(values, dict) or type(values.get("format")) is not int:
        return False
    made_by = values.get("versions")
    return isinstance(made_by, dict) and "beyond_blur" in made_by


def read_manifest(path: Path | str, kind: str | None = None) -> dict[str, Any]:
    """The manifest of a file, without reading its arrays.

    Raises
    ------
    ArtifactError
        A missing, truncated or foreign file, or one of another kind.
    """
    from safetensors import SafetensorError, safe_open

    refuse_unreadable(path)
    try:
        with safe_open(path, framework="numpy") as file:
            manifest = json.loads((file.metadata() or {})["manifest"])
    except (SafetensorError, KeyError, OSError, TypeError, ValueError, RecursionError) as error:
        raise ArtifactError(f"{path} is {what_is(path)}") from error
    check_description(path, manifest, kind)
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
    if checksum_of(arrays) != manifest.get("checksum"):
        raise ArtifactError(f"{path} does not match its checksum: delete it and rerun")
    return Artifact(arrays, manifest, manifest["checksum"])
