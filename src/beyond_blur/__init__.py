"""Forward processes of diffusion models, from an image to the table: noise, blur and flow.

The public names, for notebooks and programs: ``import beyond_blur as bb``. Each is imported when it
is first used, so that the package itself is imported at once. ``docs/in_25_lines.py`` goes the
whole way of an image with them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from beyond_blur.config import load_experiment
    from beyond_blur.corruption.states import corrupt
    from beyond_blur.data.image_sets import read_images
    from beyond_blur.lbm.trajectory import Trajectory
    from beyond_blur.metrics.measure import measure
    from beyond_blur.network.unet import UNet
    from beyond_blur.network.weights import load_network
    from beyond_blur.processes.base import TrainingPair
    from beyond_blur.processes.build import build as build_process
    from beyond_blur.processes.noise import SampleNoise
    from beyond_blur.sampling.reverse import sample
    from beyond_blur.training.in_memory import train_in_memory as train

__version__ = "0.1.0"

__all__ = [
    "SampleNoise",
    "TrainingPair",
    "Trajectory",
    "UNet",
    "build_process",
    "corrupt",
    "load_experiment",
    "load_network",
    "measure",
    "read_images",
    "sample",
    "train",
]

_PLACES = {
    "SampleNoise": "beyond_blur.processes.noise:SampleNoise",
    "Trajectory": "beyond_blur.lbm.trajectory:Trajectory",
    "TrainingPair": "beyond_blur.processes.base:TrainingPair",
    "UNet": "beyond_blur.network.unet:UNet",
    "build_process": "beyond_blur.processes.build:build",
    "corrupt": "beyond_blur.corruption.states:corrupt",
    "load_experiment": "beyond_blur.config:load_experiment",
    "load_network": "beyond_blur.network.weights:load_network",
    "measure": "beyond_blur.metrics.measure:measure",
    "read_images": "beyond_blur.data.image_sets:read_images",
    "sample": "beyond_blur.sampling.reverse:sample",
    "train": "beyond_blur.training.in_memory:train_in_memory",
}
"""Where each public name is."""


def __getattr__(name: str) -> Any:
    """A public name, imported now."""
    if name not in _PLACES:
        raise AttributeError(f"beyond_blur has no {name!r}; its public names: {', '.join(__all__)}")
    module, _, found = _PLACES[name].partition(":")
    return getattr(import_module(module), found)


def __dir__() -> list[str]:
    """The public names, and what every module has."""
    return sorted({*globals(), *__all__})
