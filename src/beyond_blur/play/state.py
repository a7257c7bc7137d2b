"""One picture as a process leaves it at one level, with what the page says of it."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import torch

from beyond_blur.analysis.mean_colour import CHANNELS
from beyond_blur.analysis.one_image import Run
from beyond_blur.analysis.spectrum import radial_spectrum
from beyond_blur.config import (
    AdvectionDiffusionOptions,
    BlurringDiffusionOptions,
    DDPMOptions,
    HeatDissipationOptions,
    Levels,
    ProcessSpec,
    Velocity,
)
from beyond_blur.config.blur_widths import blur_widths
from beyond_blur.corruption import pairs
from beyond_blur.lbm.key_frames import Flow
from beyond_blur.lbm.trajectory import Trajectory
from beyond_blur.lbm.units import fourier_number, rms_speed
from beyond_blur.processes import build
from beyond_blur.processes.noise import SampleNoise

N_LEVELS = 200
"""Levels of every process, as IHDM has."""

FLOW = AdvectionDiffusionOptions.title

IHDM = HeatDissipationOptions.title

OTHERS: dict[str, ProcessSpec] = {
    IHDM: HeatDissipationOptions(),
    BlurringDiffusionOptions.title: BlurringDiffusionOptions(n_steps=N_LEVELS),
    DDPMOptions.title: DDPMOptions(n_steps=N_LEVELS, schedule="cosine"),
}
"""The processes without a flow, by what figures and the page call them."""

METHODS = (FLOW, *OTHERS)

BLURRED = (FLOW, IHDM)
"""Methods whose level is a blur width, and so a Fourier number."""


@dataclass(frozen=True)
class Setting:
    """What the page's controls say.

    Attributes
    ----------
    method : str
        One of `METHODS`.
    level : int
        0, the clean picture, to `N_LEVELS`.
    peclet : float
    divergence_free : bool
    slope : float
        Power of the wave number in the flow's spectrum.
    seed : int
        Of the flow and of the noise.
    """

    method: str = FLOW
    level: int = N_LEVELS // 2
    peclet: float = 0.1
    divergence_free: bool = False
    slope: float = -5 / 3
    seed: int = 0


@dataclass(frozen=True)
class State:
    """A picture under a setting.

    Attributes
    ----------
    image : float array, shape (c, h, w)
        In the range of images, not cut to it.
    flow : float array, shape (2, h, w), or None
        Velocity along x and y at the last step, over the speed that the Péclet number asks for.
    wavenumber, energy : float arrays, shape (m,)
        Spectrum, see `radial_spectrum`.
    facts : dict of str to str
        What the page says of it.
    """

    image: np.ndarray
    flow: np.ndarray | None
    wavenumber: np.ndarray
    energy: np.ndarray
    facts: dict[str, str]


def levels_of(side: int) -> Levels:
    """Levels up to a quarter of a square image's side, beyond which little is left to see."""
    return Levels(n_levels=N_LEVELS, sigma_max=side / 4)


def levels_by_name(method: str, side: int) -> dict[str, int]:
    """Every level by its number and, of a process that has one, its Fourier number.

    Parameters
    ----------
    method : str
        One of `METHODS`.
    side : int
        Of the square image, in pixels.
    """
    if method not in BLURRED:
        return {str(k): k for k in range(N_LEVELS + 1)}
    widths = blur_widths(levels_of(side))
    return {f"{k}, Fourier number {fourier_number(w, side):.2g}": k for k, w in enumerate(widths)}


def state_of(image: np.ndarray, setting: Setting) -> State:
    """The picture at a level of a process.

    Parameters
    ----------
    image : float32 array, shape (c, h, h), in [0, 1]
    setting : Setting
    """
    start = time.perf_counter()
    corrupted, flow = (carried if setting.method == FLOW else without_flow)(image, setting)
    seconds = time.perf_counter() - start
    wavenumber, energy = radial_spectrum(corrupted)
    facts = {**place(image, setting), **sums(image, corrupted), "computed in": f"{seconds:.2g} s"}
    return State(corrupted, flow, wavenumber, energy, facts)


def carried(image: np.ndarray, setting: Setting) -> tuple[np.ndarray, np.ndarray | None]:
    """The picture blurred and carried by a flow, and the flow of the last step."""
    velocity = Velocity(divergence_free=setting.divergence_free, slope=setting.slope)
    widths = tuple(blur_widths(levels_of(image.shape[-1])))
    trajectory = Trajectory(widths, setting.peclet, velocity)
    seed = int(pairs.flow_seeds(setting.seed, np.array([0]), 0)[0])
    run = Run(image, "", trajectory, seed)
    (state,) = run.states(np.array([setting.level]))
    if setting.peclet == 0:
        return state, None
    schedule, shape = trajectory.schedule, (image.shape[1], image.shape[2])
    step = max(int(schedule.first_step[setting.level]) - 1, 0)
    rms = float(rms_speed(setting.peclet, schedule.alpha[max(setting.level, 1)], max(shape)))
    return state, Flow(shape, velocity, seed, 1).at(step, rms) / rms


def without_flow(image: np.ndarray, setting: Setting) -> tuple[np.ndarray, None]:
    """The picture with noise, blur or both."""
    process = build(OTHERS[setting.method], levels_of(image.shape[-1]))
    k, noise = torch.tensor([setting.level]), SampleNoise(setting.seed, [0])
    state = process.forward(torch.from_numpy(image[None]), k, noise)
    return process.to_image(state).numpy()[0], None


def place(image: np.ndarray, setting: Setting) -> dict[str, str]:
    """The level; of a process that blurs its blur width and Fourier number."""
    said = {"level": f"{setting.level} of {N_LEVELS}"}
    if setting.method not in BLURRED:
        return said
    width = float(blur_widths(levels_of(image.shape[-1]))[setting.level])
    fourier = fourier_number(width, image.shape[-1])
    return {**said, "blur width σ_B": f"{width:.3g} px", "Fourier number": f"{fourier:.2g}"}


def sums(image: np.ndarray, state: np.ndarray) -> dict[str, str]:
    """Mean value of every channel before and after, and the range after."""
    ways = zip(CHANNELS[len(image)], image, state, strict=True)
    means = {f"mean {name}": f"{mean_of(old):.4f} → {mean_of(new):.4f}" for name, old, new in ways}
    return {**means, "range": f"{state.min():.2f} to {state.max():.2f}"}


def mean_of(channel: np.ndarray) -> float:
    """The mean, summed in double precision: four digits of it are told."""
    return float(channel.mean(dtype=np.float64))
