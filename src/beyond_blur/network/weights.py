"""A trained network's weights on disk: written and loaded."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from beyond_blur.config import Network, read
from beyond_blur.config.rule_specs import TrainingSpec, lasting
from beyond_blur.network import own_class
from beyond_blur.network.device import pick_device
from beyond_blur.network.exported import weights_file
from beyond_blur.network.layers import check_finite, check_layers
from beyond_blur.network.unet import UNet
from beyond_blur.storage import artifacts, atomic


def write_weights(
    path: Path | str,
    average: Mapping[str, Tensor],
    job: TrainingSpec,
    inputs: Mapping[str, str],
    traits: Mapping[str, Any] | None = None,
    **facts: Any,
) -> None:
    """Write the averaged weights with what is needed to build their network again.

    Parameters
    ----------
    path : path
        The file appears whole or not at all.
    average : mapping of str to tensor
        State dict of the averaged network.
    job : TrainingSpec
        Describes the network and what it was trained for.
    inputs : mapping of str to str
        Checksums of what it was trained on, by what it served as.
    traits : mapping, optional
        What it was trained for and on; see `artifacts.save`.
    **facts : JSON-ready values
        ``image_channels`` and ``image_size``; ``steps`` done, and ``skipped``; ``changes``, what
        differed, no more than rounding, where the run went on.

    Raises
    ------
    NotFinite
        Naming the layer whose weights are NaN or infinite.
    """
    check_finite(average, str(path), "nothing is written; lower training.learning_rate")
    artifacts.save(
        path,
        {name: values.cpu().numpy() for name, values in average.items()},
        kind="weights",
        spec=lasting(job),
        inputs=inputs,
        traits={"process": job.name, **(traits or {})},
        packages=("numpy", "torch"),
        **facts,
        **own_class.recorded(job.process),
    )


def load_network(path: Path | str, device: str = "auto") -> tuple[UNet, artifacts.Artifact]:
    """Load a trained network, ready to predict.

    Parameters
    ----------
    path : path
        A ``weights.safetensors`` that the rule ``train`` or `write_weights` has written, or a
        folder that the verb ``export`` has.
    device : {"auto", "cpu", "cuda"}
        Where it is to run; ``auto`` takes a CUDA device where there is one.

    Returns
    -------
    network : UNet
        With the averaged weights, in evaluation mode; f(x_k, k) is ``network(x, k)`` with states
        float (n, c, h, w) and levels int64 (n,).
    file : Artifact
        Its ``manifest["spec"]`` holds the process, its levels, the network and the training it had;
        ``checksum`` names the weights.

    Raises
    ------
    ArtifactError
        One line, if the file is missing, truncated, altered, of another kind, or does not fit the
        network that it describes; if a folder is not as it was written.
    NotFinite
        Naming the layer whose weights are NaN or infinite.

    Examples
    --------
    >>> network, file = load_network("results/checkpoints/digits/ddpm/weights.safetensors")
    >>> file.manifest["spec"]["process"]["kind"]
    'ddpm'
    """
    path = weights_file(path)
    file = own_class.located(path, artifacts.load(path, "weights"))
    weights = {name: torch.from_numpy(values) for name, values in file.arrays.items()}
    check_finite(weights, str(path), "delete it and train again")
    model = network_of(path, file, weights)
    model.load_state_dict(weights)
    return model.to(pick_device(device, "--device")).eval(), file


def network_of(path: Path | str, file: artifacts.Artifact, weights: Mapping[str, Tensor]) -> UNet:
    """The network that a file describes, whose layers are those of its weights.

    Raises
    ------
    ArtifactError
        Naming the first layer that differs.
    """
    try:
        described = read(Network, file.manifest["spec"]["network"], "network")
        channels = file.manifest["image_channels"]
        with torch.device("meta"):  # sizes alone: widths that do not fit may need any memory
            layers = UNet(described, channels).state_dict()
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        told = " ".join(str(error).split())
        raise atomic.ArtifactError(
            f"{path} describes no network that this version can make ({type(error).__name__}: "
            f"{told}): train it again, or load it with the version that wrote it"
        ) from error
    check_layers(weights, layers, str(path))
    return UNet(described, channels)
