"""From a process's configuration to the process: one small function per kind."""

from __future__ import annotations

import functools
import importlib.util
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from beyond_blur import config
from beyond_blur.config import ConfigError, Corruption, Levels
from beyond_blur.corruption.backend import choose
from beyond_blur.corruption.states import corrupt
from beyond_blur.lbm.levels import blur_widths
from beyond_blur.lbm.trajectory import Trajectory
from beyond_blur.processes.advection_diffusion import AdvectionDiffusion, Solver
from beyond_blur.processes.base import ForwardProcess
from beyond_blur.processes.blurring_diffusion import BlurringDiffusion, even_times
from beyond_blur.processes.cold_diffusion import ColdDiffusion, HeatKernel
from beyond_blur.processes.ddpm import DDPM, cosine_schedule, linear_schedule
from beyond_blur.processes.ddpm_samplers import DDIM, Ancestral
from beyond_blur.processes.heat_dissipation import HeatDissipation


def build(
    spec: config.ProcessSpec, levels: Levels, delta: float, corruption: Corruption | None = None,
    *, prior_noise: bool = True, last_noise: bool = False,
) -> ForwardProcess:  # fmt: skip
    """The process that a configuration describes.

    Parameters
    ----------
    spec : dataclass of `beyond_blur.config`
        Kind and options of the process.
    levels : Levels
        Blur levels, for processes that blur.
    delta : float
        Sampler noise, for processes whose reverse step adds a fixed one.
    corruption : Corruption, optional
        How the lattice solver runs; needed only for the forward marginal of advection-diffusion.
    prior_noise : bool
        Whether the prior carries the noise sigma of training, for processes that train with one.
    last_noise : bool
        Whether the last reverse step adds noise as all others do; a class of the user's own
        decides for itself.
    """
    widths = tuple(blur_widths(levels).tolist())
    if isinstance(spec, config.AdvectionDiffusionOptions):
        solver = None if corruption is None else lattice_solver(spec, levels, corruption)
        return AdvectionDiffusion(
            levels.n_levels, spec.noise, delta, solver, widths, prior_noise, last_noise
        )
    if isinstance(spec, config.HeatDissipationOptions):
        return HeatDissipation(
            widths, spec.noise, delta, levels.train_last_level, prior_noise, last_noise
        )
    if isinstance(spec, config.DDPMOptions):
        return replace(build_ddpm(spec), last_noise=last_noise)
    if isinstance(spec, config.BlurringDiffusionOptions):
        times = (0.0, *spec.given) if spec.given else even_times(spec.n_steps)
        return BlurringDiffusion(times, spec.blur_width_max, last_noise=last_noise)
    if isinstance(spec, config.ColdDiffusionOptions):
        algorithm: Any = spec.algorithm
        return ColdDiffusion(
            HeatKernel(widths), algorithm, spec.loss, spec.noise,
            train_last_level=levels.train_last_level, last_noise=last_noise,
        )  # fmt: skip
    return build_own(spec)


def lattice_solver(
    spec: config.AdvectionDiffusionOptions, levels: Levels, corruption: Corruption
) -> Solver:
    """The lattice-Boltzmann solver as a function of images, levels and flow seeds."""
    trajectory = Trajectory.from_options(spec, levels, corruption)
    backend = functools.cache(lambda shape: choose(corruption, trajectory, shape))

    def states(images: Tensor, k: Tensor, seeds: Tensor) -> Tensor:
        made = corrupt(
            images.cpu().numpy(), trajectory, seeds.cpu().numpy(), k.cpu().numpy()[:, None],
            backend(tuple(images.shape[1:])),
        )  # fmt: skip
        return torch.from_numpy(made[:, 0]).to(images)

    return states


def build_ddpm(spec: config.DDPMOptions) -> DDPM:
    """DDPM with its schedule and its reverse step."""
    if spec.schedule == "given":
        alphas_cumprod: tuple[float, ...] = (1.0, *spec.given)
    else:
        schedule = linear_schedule if spec.schedule == "linear" else cosine_schedule
        alphas_cumprod = schedule(spec.n_steps)
    if spec.sampler == "ddim":
        return DDPM(alphas_cumprod, DDIM(spec.eta, spec.clip))
    return DDPM(alphas_cumprod, Ancestral(spec.variance, spec.clip))


def build_own(spec: config.OwnProcessOptions) -> ForwardProcess:
    """A user's class from a file, made with its options."""
    found = importlib.util.spec_from_file_location(Path(spec.file).stem, spec.file)
    if found is None or found.loader is None:
        raise ConfigError(f"process {spec.name}: file = {spec.file!r} is not a Python file")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    if not hasattr(module, spec.class_name):
        raise ConfigError(f"process {spec.name}: {spec.file} has no class {spec.class_name!r}")
    try:
        made: ForwardProcess = getattr(module, spec.class_name)(**spec.options)
    except TypeError as error:
        raise ConfigError(f"process {spec.name}: options = {spec.options}: {error}") from error
    return made
