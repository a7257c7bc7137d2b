"""From a process's options to the process."""

from __future__ import annotations

from importlib import import_module

from beyond_blur.config import Corruption, Levels, ProcessSpec, Sampling
from beyond_blur.processes.base import BuildContext, ForwardProcess

USUAL = Sampling()
"""The sampler's options as by default."""


def build(
    options: ProcessSpec,
    levels: Levels,
    delta: float = USUAL.step_noise,
    corruption: Corruption | None = None,
    *,
    prior_noise: bool = USUAL.prior_noise,
    last_noise: bool = USUAL.last_noise,
    delta_spectrum: float = USUAL.delta_spectrum,
) -> ForwardProcess:
    """The process that a configuration describes.

    Parameters
    ----------
    options : dataclass of `beyond_blur.config`
        Kind and options of the process.
    levels : Levels
        Blur levels, for processes that blur.
    delta, corruption, prior_noise, last_noise, delta_spectrum
        See `BuildContext`; a class of the user's own decides about noise itself.

    Returns
    -------
    ForwardProcess
        One of the classes of `beyond_blur.processes`, or the user's own.

    Raises
    ------
    ConfigError
        If a user's own process cannot be loaded.
    """
    module, _, name = options.implementation.partition(":")
    implementation = getattr(import_module(module), name)
    context = BuildContext(delta, corruption, prior_noise, last_noise, delta_spectrum)
    made: ForwardProcess = implementation.from_options(options, levels, context)
    return made
