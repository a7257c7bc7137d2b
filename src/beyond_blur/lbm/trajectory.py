"""The way of an image: everything that its states depend on but the image and the flow's seed."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from beyond_blur.config import Corruption, Levels, Velocity, Walls
from beyond_blur.config.between_walls import wall_problem
from beyond_blur.config.blur_widths import blur_widths
from beyond_blur.lbm import key_frames
from beyond_blur.lbm.levels import LatticeSchedule
from beyond_blur.lbm.stability import check_stability
from beyond_blur.lbm.units import expected_displacement, fourier_number, rms_speed


class FlowOptions(Protocol):
    """Options that hold a flow: those of an advection-diffusion, and a corruption job's."""

    @property
    def peclet(self) -> float:
        """Peclet number; 0 is no flow."""
        ...

    @property
    def velocity(self) -> Velocity:
        """The random flow."""
        ...

    @property
    def transport(self) -> bool:
        """Whether the flow carries the image."""
        ...


@dataclass(frozen=True)
class Trajectory:
    """Levels, flow, walls and grey range of a corruption; fits images of any shape.

    Attributes
    ----------
    blur_widths : tuple of K + 1 floats
        Blur width sigma_B,k of each level in pixels, strictly rising, the clean image's 0 first.
    peclet : float
        Peclet number; 0 is pure diffusion.
    velocity : Velocity
        The random flow.
    transport : bool
        False leaves the image to diffusion alone and adds what the flow makes of a uniform black
        image: a control with the flow's low-frequency noise and no advection.
    walls : "mirror" or "periodic"
    grey_range : (low, high)
        What grey values 0 and 1 become while the solver runs.

    Raises
    ------
    ValueError
        If the widths do not start at 0 and rise, the grey range does not rise, or a flow between
        walls has none.

    Examples
    --------
    >>> from beyond_blur.config import Levels
    >>> from beyond_blur.config.blur_widths import blur_widths
    >>> trajectory = Trajectory(tuple(blur_widths(Levels(sigma_max=32.0))), peclet=0.12)
    >>> trajectory.n_levels
    200
    """

    blur_widths: tuple[float, ...]
    peclet: float = 0.0
    velocity: Velocity = field(default_factory=Velocity)
    transport: bool = True
    walls: Walls = "mirror"
    grey_range: tuple[float, float] = field(default_factory=lambda: Corruption().grey_range)

    def __post_init__(self) -> None:
        object.__setattr__(self, "blur_widths", tuple(map(float, self.blur_widths)))
        _ = self.schedule  # which refuses widths that do not rise
        low, high = self.grey_range
        if not low < high:
            raise ValueError(f"corruption.grey_range = [{low:g}, {high:g}] must rise")
        problem = wall_problem(self.velocity, self.walls)
        if problem is not None:
            raise ValueError(problem)

    @classmethod
    def from_options(cls, flow: FlowOptions, levels: Levels, corruption: Corruption) -> Trajectory:
        """The trajectory that a configuration describes.

        Parameters
        ----------
        flow : AdvectionDiffusionOptions, or CorruptionSpec
            Peclet number, velocity, and whether the flow carries the image.
        levels : Levels
        corruption : Corruption
            Walls and grey range.
        """
        return cls(
            tuple(blur_widths(levels)), flow.peclet, flow.velocity, flow.transport,
            corruption.walls, corruption.grey_range,
        )  # fmt: skip

    @functools.cached_property
    def schedule(self) -> LatticeSchedule:
        """The levels in lattice units."""
        return LatticeSchedule.from_blur_widths(self.blur_widths)

    @property
    def n_levels(self) -> int:
        """K, the number of levels above the clean image."""
        return len(self.blur_widths) - 1

    @property
    def background(self) -> float:
        """The constant that is carried along, in grey values: a / b of the range [a, a + b]."""
        low, high = self.grey_range
        return low / (high - low)

    def carried(self, mean: np.ndarray) -> np.ndarray:
        """The constant (n, c) that images of these channel means are carried along with.

        Between walls a uniform field stays as it is: what steps of the lattice make of one, to the
        second order in cells per step, is their own error, and none is carried.
        """
        return np.zeros_like(mean) if self.velocity.basis == "walls" else mean + self.background

    def without_flow(self) -> Trajectory:
        """The same levels under pure diffusion."""
        return replace(self, peclet=0.0)

    def check(self, shape: tuple[int, ...]) -> None:
        """Refuse a flow that the lattice cannot carry on images of a shape (..., h, w).

        Raises
        ------
        ValueError
            See :func:`beyond_blur.lbm.stability.check_stability`.
        """
        check_stability(self.peclet, self.velocity, max(shape[-2:]))

    def frame_spacing(self, shape: tuple[int, ...]) -> int:
        """Lattice steps between key frames of the flow on images of a shape (..., h, w)."""
        return key_frames.frame_spacing(
            self.velocity, (shape[-2], shape[-1]), float(self.peclet), abs(self.background) + 1
        )

    def describe(self, shape: tuple[int, ...]) -> str:
        """Schedule and flow on images of a shape (..., h, w) in four lines, to be printed first.

        Raises
        ------
        ValueError
            As :meth:`check`.
        """
        self.check(shape)
        size, schedule = max(shape[-2:]), self.schedule
        alpha, sigma, steps = schedule.alpha[1:], schedule.sigma, schedule.n_lbm_steps[1:]
        rms = rms_speed(self.peclet, float(alpha.max()), size)
        moved = expected_displacement(self.peclet, float(sigma[-1]), size)
        return "\n".join([
            f"levels: {schedule.n_levels}, blur width {sigma[1]:.4g} to {sigma[-1]:.4g} px at "
            f"{size} px (Fourier number {fourier_number(float(sigma[-1]), size):.3g})",
            f"lattice steps: {int(steps.sum()):,} to the last level, "
            f"{schedule.first_step[1:].mean():,.0f} to a level drawn uniformly; "
            f"{steps.min()} to {steps.max()} per level",
            f"diffusivity: {alpha.min():.3g} to {alpha.max():.4g} cells^2 per step "
            "(stable up to 1/6)",
            f"flow: Peclet number {self.peclet:g}, rms speed up to {rms:.3g} cells per step "
            f"(limit {self.velocity.speed_limit:g}), rms displacement up to {moved:.3g} px",
        ])  # fmt: skip
