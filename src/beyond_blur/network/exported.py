"""Folders of trained networks, as `beyond_blur.network.export` writes them: found and checked."""

from __future__ import annotations

from pathlib import Path

from beyond_blur.storage import artifacts, atomic, outputs, records
from beyond_blur.storage.atomic import ArtifactError
from beyond_blur.storage.manifest_place import manifest_of

KIND = "trained network"
"""Kind of a folder's manifest."""

MODEL, CONFIG, MODULE, CARD = "model.safetensors", "config.json", "unet.py", "README.md"
"""Files of such a folder; ``model.manifest.json`` beside them seals them all."""

CLASS = "process.py"
"""One more of its files, where the process is a user's own: the file of its class."""

WEIGHTS = "weights.safetensors"
"""What a run calls its weights."""

WAY_OUT = "export it again, or copy the whole folder again"
"""What helps a folder that is not as it was written."""


def weights_file(path: Path | str) -> Path:
    """The file of weights that a path names: itself, or that of a folder of an exported network.

    Raises
    ------
    ArtifactError
        Naming what is missing from the folder, was changed since, or is of another network.
    """
    path = Path(path)
    if not path.is_dir():
        return path
    model = path / MODEL
    if not model.exists() and not Path(manifest_of(model)).exists():
        there = path / WEIGHTS
        way_out = (
            f"give {there}, which lies there"
            if there.exists()
            else f"give a {WEIGHTS}, or a folder that the verb export has written"
        )
        raise ArtifactError(f"{path} holds no {MODEL}: {way_out}")
    check_files(path)
    described = atomic.read_json(path / CONFIG)
    checksum = artifacts.read_manifest(model, "weights")["checksum"]
    if described.get("checksum") != checksum:
        raise ArtifactError(f"{path / CONFIG} is of other weights than {MODEL}: {WAY_OUT}")
    return model


def check_files(folder: Path) -> None:
    """Refuse a folder of which a file is missing or was changed since.

    Raises
    ------
    ArtifactError
        Naming the file.
    """
    place = Path(manifest_of(folder / MODEL))
    if not place.exists():
        raise ArtifactError(f"{folder / MODEL} has no {place.name} beside it: {WAY_OUT}")
    try:
        listed = records.load(place, KIND)["files"]
    except (ArtifactError, KeyError) as error:
        raise ArtifactError(f"{place} is damaged or was changed: {WAY_OUT}") from error
    for name in {MODEL: "", CONFIG: "", **listed}:
        path = folder / name
        if name not in listed:
            raise ArtifactError(f"{place} does not list {name}: {WAY_OUT}")
        if not path.is_file():
            raise ArtifactError(f"{path} does not exist: {WAY_OUT}")
        if outputs.checksum_of_file(path) != listed[name]:
            raise ArtifactError(
                f"{path} is not what was written: it was changed by hand or damaged; {WAY_OUT}"
            )
