"""A trained network in one folder: for programs without this package, and for other machines."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from beyond_blur.config import read_process
from beyond_blur.network.exported import CARD, CONFIG, KIND, MODEL, MODULE, weights_file
from beyond_blur.network.model_card import model_card
from beyond_blur.network.one_file import one_file
from beyond_blur.network.unet import UNet, n_parameters
from beyond_blur.network.weights import load_network
from beyond_blur.storage import atomic, outputs


def export(path: Path | str, folder: Path) -> UNet:
    """Write a trained network with all that is known of it into one folder.

    Parameters
    ----------
    path : path
        A ``weights.safetensors``, or a folder that this has written.
    folder : path
        Gets ``model.safetensors``, a torch state dict with the manifest of the weights;
        ``config.json``; ``unet.py``, which loads them without this package; ``README.md``; and
        ``model.manifest.json``, which seals them.

    Returns
    -------
    UNet
        The network.

    Raises
    ------
    ArtifactError
        As `load_network`.
    """
    model, file = load_network(path)
    manifest = file.manifest
    config = description(model, file.checksum, manifest)
    process = read_process(manifest["spec"]["process"])
    with atomic.atomic(folder / MODEL) as temporary:
        shutil.copyfile(weights_file(path), temporary)
    atomic.write_json(folder / CONFIG, config)
    atomic.write_text(folder / MODULE, one_file())
    atomic.write_text(folder / CARD, model_card(config, process))
    names = [MODEL, CONFIG, MODULE, CARD]
    outputs.write_manifest(
        [folder / name for name in names],
        kind=KIND,
        spec=manifest["spec"],
        traits=manifest["traits"],
        packages=("torch", "safetensors"),
    )
    return model


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
