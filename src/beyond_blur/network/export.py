"""A trained network in one folder: for programs without this package, and for other machines."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from beyond_blur.config import read_process
from beyond_blur.network import own_class
from beyond_blur.network.exported import CARD, CLASS, CONFIG, KIND, MODEL, MODULE, weights_file
from beyond_blur.network.model_card import model_card
from beyond_blur.network.one_file import one_file
from beyond_blur.network.unet import UNet, n_parameters
from beyond_blur.network.weights import load_network
from beyond_blur.storage import artifacts, atomic, outputs, records
from beyond_blur.storage.atomic import ArtifactError
from beyond_blur.storage.manifest_place import manifest_of
from beyond_blur.storage.shards import joined


def export(path: Path | str, folder: Path) -> UNet:
    """Write a trained network with all that is known of it into one folder.

    Parameters
    ----------
    path : path
        A ``weights.safetensors``, or a folder that this has written.
    folder : path
        Gets ``model.safetensors``, a torch state dict with the manifest of the weights;
        ``config.json``; ``unet.py``, which loads them without this package; ``README.md``;
        ``process.py``, the class of a user's own process; and ``model.manifest.json``, which seals
        them. Files of the same network are written again, others are left alone.

    Returns
    -------
    UNet
        The network.

    Raises
    ------
    ArtifactError
        As `load_network` and `own_class.check`; if another file has one of these names.
    """
    model, file = load_network(path)
    own_class.check(str(path), file.manifest)
    process = read_process(file.manifest["spec"]["process"])
    names = [MODEL, CONFIG, MODULE, CARD, *([CLASS] if process.kind == "own" else [])]
    check_free(folder, names, file.checksum)
    manifest = own_class.portable(file.manifest)
    write_model(weights_file(path), folder / MODEL, file, manifest)
    if process.kind == "own":
        copy(Path(process.file), folder / CLASS)
    config = description(model, file.checksum, manifest)
    atomic.write_json(folder / CONFIG, config)
    atomic.write_text(folder / MODULE, one_file())
    atomic.write_text(folder / CARD, model_card(config, process))
    outputs.write_manifest(
        [folder / name for name in names],
        kind=KIND,
        spec=manifest["spec"],
        inputs={"weights": [folder / MODEL]},
        traits=manifest["traits"],
        packages=("torch", "safetensors"),
    )
    return model


def check_free(folder: Path, names: list[str], checksum: str) -> None:
    """Refuse a folder in which a file has one of these names, unless it is this network's.

    Raises
    ------
    ArtifactError
        Naming the first such file.
    """
    place = Path(manifest_of(folder / MODEL))
    there = [name for name in (*names, place.name) if os.path.lexists(folder / name)]
    if not there:
        return
    with suppress(ArtifactError):
        if records.load(place, KIND)["inputs"].get("weights") == joined([checksum]):
            return
    raise ArtifactError(
        f"{folder / there[0]} is there already and not of this network: name another folder"
    )


def write_model(
    source: Path, target: Path, file: artifacts.Artifact, manifest: Mapping[str, Any]
) -> None:
    """The weights with this manifest: a copy, where it is the one that they have."""
    if manifest == file.manifest:
        copy(source, target)
        return
    named = {key: manifest[key] for key in ("kind", "spec", "inputs", "traits")}
    made_here = {*named, "format", "checksum", "seal"}
    facts = {key: value for key, value in manifest.items() if key not in made_here}
    artifacts.save(target, file.arrays, **named, **facts)


def copy(source: Path, target: Path) -> None:
    """A file's bytes under another name, whole or not at all."""
    with atomic.atomic(target) as temporary:
        shutil.copyfile(source, temporary)


def description(model: UNet, checksum: str, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """What other programs need to know of a trained network: what config.json holds.

    Parameters
    ----------
    model : UNet
    checksum : str
        Of the weights.
    manifest : mapping
        Of their file.
    """
    spec = manifest["spec"]
    return {
        "class": f"{UNet.__module__}.{UNet.__qualname__}",
        "image_channels": manifest["image_channels"],
        "image_size": manifest.get("image_size"),
        "n_parameters": n_parameters(model),
        **{name: spec[name] for name in ("network", "process", "levels", "corruption", "training")},
        **{name: manifest.get(name) for name in ("steps", "skipped", "changes")},
        "checksum": checksum,
        **{name: manifest[name] for name in ("traits", "inputs", "versions")},
    }
