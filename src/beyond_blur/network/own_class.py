"""The class of a user's own process that a network was trained for: that one, or none.

The options of such a process name a Python file. A relative path means another file in another
folder, and a file changes; so weights record the code, and an exported folder has the file in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from beyond_blur.config import ProcessSpec, read_process
from beyond_blur.network.exported import CLASS, WAY_OUT
from beyond_blur.storage import artifacts, code
from beyond_blur.storage.atomic import ArtifactError


def recorded(process: ProcessSpec) -> dict[str, str]:
    """What weights say of the class: ``own_code``, of `storage.code`; nothing of other kinds."""
    return {"own_code": code.own_code(process)} if process.kind == "own" else {}


def check(name: str, manifest: Mapping[str, Any]) -> None:
    """Refuse another class than the one that the network was trained for, as far as it is recorded.

    Parameters
    ----------
    name : str
        What to call the network in a message.
    manifest : mapping
        Of its weights.

    Raises
    ------
    ArtifactError
        A file that is not there, or holds other code.
    """
    process = read_process(manifest["spec"]["process"])
    if process.kind != "own":
        return
    exported, file = "own_file" in manifest, process.file
    if not Path(file).is_file():
        way_out = (
            WAY_OUT if exported else "work in the folder that it was trained in, and export it"
        )
        raise ArtifactError(f"{name} is of the class in {file}, which does not exist: {way_out}")
    wanted = manifest.get("own_code")
    if wanted is not None and wanted != code.own_code(process):
        way_out = (
            WAY_OUT
            if exported
            else "put the file back as it was, work in the folder that it was trained in, or train "
            "again"
        )
        raise ArtifactError(f"{name} was trained with other code than {file} holds: {way_out}")


def located(path: Path, file: artifacts.Artifact) -> artifacts.Artifact:
    """Weights whose class lies beside them, as in an exported folder, with its file's place.

    Raises
    ------
    ArtifactError
        As `check`.
    """
    if "own_file" not in file.manifest:
        return file
    manifest = with_file(file.manifest, str(path.parent / file.manifest["own_file"]))
    check(str(path), manifest)
    return replace(file, manifest=manifest)


def portable(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest of weights beside which their class lies: no place of this machine is in it."""
    process = read_process(manifest["spec"]["process"])
    if process.kind != "own":
        return dict(manifest)
    return {**with_file(manifest, CLASS), **recorded(process), "own_file": CLASS}


def with_file(manifest: Mapping[str, Any], file: str) -> dict[str, Any]:
    """A manifest whose process has its class in that file."""
    process = {**manifest["spec"]["process"], "file": file}
    return {**manifest, "spec": {**manifest["spec"], "process": process}}
