"""Folders of trained networks, as `beyond_blur.network.export` writes them: found and checked."""

from __future__ import annotations

from pathlib import Path

from beyond_blur.storage import artifacts, atomic, outputs
from beyond_blur.storage.atomic import ArtifactError
from beyond_blur.storage.manifest_place import manifest_of

KIND = "trained network"
"""Kind of a folder's manifest."""

MODEL, CONFIG, MODULE, CARD = "model.safetensors", "config.json", "unet.py", "README.md"
"""Files of such a folder; ``model.manifest.json`` beside them seals all four."""


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
    if not model.exists():
        raise ArtifactError(
            f"{path} holds no {MODEL}: give a weights.safetensors, or a folder that the verb "
            "export has written"
        )
    record = outputs.check(model, KIND)
    for name in record["files"]:
        outputs.check(path / name, KIND, Path(manifest_of(model)))
    described = atomic.read_json(path / CONFIG)
    checksum = artifacts.read_manifest(model, "weights")["checksum"]
    if described.get("checksum") != checksum:
        raise ArtifactError(
            f"{path / CONFIG} is of other weights than {MODEL}: export the network again"
        )
    return model
