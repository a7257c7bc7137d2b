"""From a process's options to the process."""

from __future__ import annotations

from importlib import import_module

from beyond_blur.config import Corruption, Levels, ProcessSpec, Sampling
from beyond_blur.processes.base import BuildContext, ForwardProcess

IMPLEMENTATIONS = {
    "advection_diffusion": "beyond_blur.processes.advection_diffusion:AdvectionDiffusion",
    "heat_dissipation": "beyond_blur.processes.heat_dissipation:HeatDissipation",
    "ddpm": "beyond_blur.processes.ddpm:DDPM",
    "blurring_diffusion": "beyond_blur.processes.blurring_diffusion:BlurringDiffusion",
    "cold_diffusion": "beyond_blur.processes.cold_diffusion:ColdDiffusion",
    "own": "beyond_blur.processes.own:OwnProcess",
}
"""The class of each kind of process, which makes itself by its ``from_options``."""

USUAL = Sampling()
"""The sampler's options as by default."""


def class_path(options: ProcessSpec) -> str:
    """Where the code of a process is: ``module:class``; of a user's own, what loads it."""
    return IMPLEMENTATIONS[options.kind]


def build(
    options: ProcessSpec,
    levels: Levels,
    delta: float = USUAL.delta,
    corruption: Corruption | None = None,
    *,
    prior_noise: bool = USUAL.prior_noise,
    last_noise: bool = USUAL.last_noise,
) -> ForwardProcess:
    """The process that a configuration describes.

    Parameters
    ----------
    options : dataclass of `beyond_blur.config`
        Kind and options of the process.
    levels : Levels
        Blur levels, for processes that blur.
    delta, corruption, prior_noise, last_noise
        See `BuildContext`; a class of the user's own decides about noise itself.

    Raises
    ------
    ConfigError
        If a user's own process cannot be loaded.
    """
    module, _, name = class_path(options).partition(":")
    implementation = getattr(import_module(module), name)
    context = BuildContext(delta, corruption, prior_noise, last_noise)
    made: ForwardProcess = implementation.from_options(options, levels, context)
    return made
