"""A trained network's weights on disk: written, loaded, exported."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch

from beyond_blur.config import Network, read
from beyond_blur.config.rule_specs import TrainingJob, lasting
from beyond_blur.network.device import pick_device
from beyond_blur.network.unet import UNet, n_parameters
from beyond_blur.storage import artifacts, atomic


def write_weights(
    out: str, average: Mapping[str, torch.Tensor], job: TrainingJob, inputs: dict[str, str],
    **facts: int,
) -> None:  # fmt: skip
    """The averaged weights with what is needed to build their network again.

    Parameters
    ----------
    out : path
        File to write.
    average : mapping of str to tensor
        State dict of the averaged network.
    job : TrainingJob
        Describes the network and what it was trained for.
    inputs : dict of str to str
        Checksums of what it was trained on.
    **facts : int
        ``image_channels``; ``steps`` done, and ``skipped``.
    """
    weights = {name: values.cpu().numpy() for name, values in average.items()}
    artifacts.save(
        out, weights, kind="weights", spec=lasting(job), inputs=inputs,
        packages=("numpy", "torch"), **facts,
    )  # fmt: skip


def load_network(path: str) -> tuple[UNet, artifacts.Artifact]:
    """The trained network in a weights file, ready to predict."""
    file = artifacts.load(path, "weights")
    network = read(Network, file.manifest["spec"]["network"], "network")
    model = UNet(network, file.manifest["image_channels"])
    model.load_state_dict({name: torch.from_numpy(w) for name, w in file.arrays.items()})
    device = pick_device("auto")
    return model.to(device).eval(), file


def export(weights: str, out: str) -> tuple[UNet, Path]:
    """Write a trained network for other programs: its state dict and a description of it.

    Returns
    -------
    network : UNet
    folder : Path
        Holds ``model.safetensors`` and ``config.json``.
    """
    from safetensors.torch import save_file

    model, file = load_network(weights)
    folder, facts = Path(out), file.manifest
    state: Mapping[str, torch.Tensor] = {k: v.cpu().contiguous()
                                         for k, v in model.state_dict().items()}  # fmt: skip
    with atomic.atomic(folder / "model.safetensors") as temporary:
        save_file(dict(state), temporary, metadata={"format": "pt"})
    atomic.write_json(folder / "config.json", {
        "class": "beyond_blur.network.unet.UNet",
        "image_channels": facts["image_channels"],
        "n_parameters": n_parameters(model),
        **{name: facts["spec"][name] for name in ("network", "process", "levels", "training")},
        "steps": facts["steps"],
        "checksum": file.checksum,
        "versions": facts["versions"],
    })  # fmt: skip
    return model, folder
