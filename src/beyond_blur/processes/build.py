"""From a process's configuration to the process: one small function per kind."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import torch
from torch import Tensor

from beyond_blur import config
from beyond_blur.config import ConfigError, Corruption, Levels
from beyond_blur.corruption.states import corrupt
from beyond_blur.lbm.levels import LatticeSchedule, blur_widths
from beyond_blur.processes.advection_diffusion import AdvectionDiffusion, Solver
from beyond_blur.processes.base import ForwardProcess
from beyond_blur.processes.blurring_diffusion import BlurringDiffusion, even_times
from beyond_blur.processes.cold_diffusion import ColdDiffusion, HeatKernel
from beyond_blur.processes.ddpm import DDPM, cosine_schedule, linear_schedule
from beyond_blur.processes.ddpm_samplers import DDIM, Ancestral
from beyond_blur.processes.heat_dissipation import HeatDissipation

IMPLEMENTATIONS = {
    "advection_diffusion": "beyond_blur.processes.build:build_advection_diffusion",
    "heat_dissipation": "beyond_blur.processes.build:build_heat_dissipation",
    "ddpm": "beyond_blur.processes.build:build_ddpm",
    "blurring_diffusion": "beyond_blur.processes.build:build_blurring_diffusion",
    "cold_diffusion": "beyond_blur.processes.build:build_cold_diffusion",
    "own": "beyond_blur.processes.build:build_own",
}
"""What builds each kind of process."""


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
    made: ForwardProcess = resolve_name(IMPLEMENTATIONS[spec.kind])(
        spec, levels, delta, corruption, prior_noise, last_noise
    )
    return made


def build_advection_diffusion(
    spec: config.AdvectionDiffusion, levels: Levels, delta: float, corruption: Corruption | None,
    prior_noise: bool, last_noise: bool,
) -> AdvectionDiffusion:  # fmt: skip
    """Beyond Blur, with the solver where its forward marginal is asked for."""
    widths = tuple(blur_widths(levels).tolist())
    solver = None if corruption is None else lattice_solver(spec, levels, corruption)
    return AdvectionDiffusion(
        levels.n_levels, spec.noise, delta, solver, widths, prior_noise, last_noise
    )


def build_heat_dissipation(
    spec: config.HeatDissipation, levels: Levels, delta: float, _: object, prior_noise: bool,
    last_noise: bool,
) -> HeatDissipation:  # fmt: skip
    """IHDM."""
    widths = tuple(blur_widths(levels).tolist())
    return HeatDissipation(
        widths, spec.noise, delta, levels.train_last_level, prior_noise, last_noise
    )


def build_blurring_diffusion(
    spec: config.BlurringDiffusion, levels: Levels, delta: float, _: object, prior_noise: bool,
    last_noise: bool,
) -> BlurringDiffusion:  # fmt: skip
    """Blurring Diffusion."""
    times = (0.0, *spec.given) if spec.given else even_times(spec.n_steps)
    return BlurringDiffusion(times, spec.blur_width_max, last_noise=last_noise)


def build_cold_diffusion(
    spec: config.ColdDiffusion, levels: Levels, delta: float, _: object, prior_noise: bool,
    last_noise: bool,
) -> ColdDiffusion:  # fmt: skip
    """Cold Diffusion."""
    widths = tuple(blur_widths(levels).tolist())
    algorithm: Any = spec.algorithm
    return ColdDiffusion(
        HeatKernel(widths), algorithm, spec.loss, spec.noise,
        train_last_level=levels.train_last_level, last_noise=last_noise,
    )  # fmt: skip


def lattice_solver(
    spec: config.AdvectionDiffusion, levels: Levels, corruption: Corruption
) -> Solver:
    """The lattice-Boltzmann solver as a function of images, levels and flow seeds."""
    schedule = LatticeSchedule.from_blur_widths(blur_widths(levels))

    def states(images: Tensor, k: Tensor, seeds: Tensor) -> Tensor:
        made = corrupt(
            images.cpu().numpy(), schedule, spec.peclet, spec.velocity, corruption,
            seeds.cpu().numpy(), k.cpu().numpy()[:, None], spec.transport,
        )  # fmt: skip
        return torch.from_numpy(made[:, 0]).to(images)

    return states


def build_ddpm(
    spec: config.DDPM, levels: Levels, delta: float, _: object, prior_noise: bool, last_noise: bool
) -> DDPM:
    """DDPM with its schedule and its reverse step."""
    if spec.schedule == "given":
        alphas_cumprod: tuple[float, ...] = (1.0, *spec.given)
    else:
        schedule = linear_schedule if spec.schedule == "linear" else cosine_schedule
        alphas_cumprod = schedule(spec.n_steps)
    if spec.sampler == "ddim":
        return DDPM(alphas_cumprod, DDIM(spec.eta, spec.clip), last_noise=last_noise)
    return DDPM(alphas_cumprod, Ancestral(spec.variance, spec.clip), last_noise=last_noise)


def build_own(spec: config.OwnProcess, *_: object) -> ForwardProcess:
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
