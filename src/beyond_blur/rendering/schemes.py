"""Where the two lattice schemes differ."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from beyond_blur.lbm.levels import LatticeSchedule
from beyond_blur.lbm.scheme_theory import general_factor, general_variance, memoryless_factor
from beyond_blur.rendering.looks import level_colours

STUDIED = ((1 / 6, "1/6"), (1 / 12, "1/12"), (1 / 50, "1/50"))
"""Diffusivities of the figure, cells^2 per step, and their names."""


def schemes(schedule: LatticeSchedule) -> Figure:
    """Where the authors' scheme and the memoryless one differ, without flow.

    Left, the variance of a point beyond the wanted 2 alpha n after n steps; middle, the blur width
    reached at the first levels of a schedule; right, how fast waves decay relative to the heat
    kernel.
    """
    figure = Figure(figsize=(9.6, 3.1))
    left, middle, right = figure.subplots(1, 3)
    draw_excess(left)
    draw_blur_widths(middle, schedule)
    draw_decay(right)
    return figure


def colour_of(i: int) -> str:
    """Colour of the i-th diffusivity."""
    return level_colours(len(STUDIED))[i]


def draw_excess(axes: Axes, n_steps: int = 16) -> None:
    """Variance beyond 2 alpha n over the number of steps."""
    n = np.arange(1, n_steps + 1)
    for i, (alpha, name) in enumerate(STUDIED):
        excess = general_variance(np.full(n_steps, alpha)) - 2 * alpha * n
        axes.plot(n, excess, ".-", color=colour_of(i), linewidth=1, label=f"$\\alpha$ = {name}")
    axes.axhline(0, color="0.3", linestyle="--", linewidth=1, label="memoryless, any $\\alpha$")
    axes.set(xlabel="steps n", ylabel="variance beyond $2 \\alpha n$, cells²")
    axes.set_title("populations start in equilibrium")
    axes.legend(fontsize=7, frameon=False)


def reached_widths(schedule: LatticeSchedule) -> np.ndarray:
    """Blur widths that the central-moment scheme reaches at levels 1..K, float64 (K,), in pixels.

    Its populations are carried from level to level.
    """
    alpha = np.repeat(schedule.alpha, schedule.n_lbm_steps)
    return np.sqrt(general_variance(alpha)[schedule.first_step[1:] - 1])


def draw_blur_widths(axes: Axes, schedule: LatticeSchedule, n_levels: int = 50) -> None:
    """Blur width over the level, as reached and as wanted."""
    k = np.arange(1, min(n_levels, schedule.n_levels) + 1)
    axes.plot(
        k, reached_widths(schedule)[k - 1], ".-", color="C3", linewidth=0.8, label="central moments"
    )
    axes.plot(k, schedule.sigma[k], "--", color="0.3", linewidth=1, label="memoryless = wanted")
    axes.set(xlabel="level k", ylabel="blur width $\\sigma_B$, px", ylim=(0, None))
    axes.set_title(
        f"{schedule.sigma[1]:g} to {schedule.sigma[-1]:g} px in {schedule.n_levels} levels"
    )
    axes.legend(fontsize=7, frameon=False)


def draw_decay(axes: Axes) -> None:
    """Decay rate over that of the heat kernel, alpha p^2, for both schemes."""
    p = np.linspace(0.01, np.pi, 400)
    for i, (alpha, _) in enumerate(STUDIED):
        heat = alpha * p**2
        general = -np.log(np.abs(general_factor(alpha, p))) / heat
        memoryless = -np.log(memoryless_factor(alpha, p)) / heat
        axes.plot(p / np.pi, general, color=colour_of(i), linewidth=1)
        axes.plot(p / np.pi, memoryless, color=colour_of(i), linestyle="--", linewidth=1)
    axes.set(xlabel="wave number $p / \\pi$", ylabel="decay rate over the heat kernel's")
    axes.set_title("waves along an axis")
    for style, name in (("-", "central moments"), ("--", "memoryless")):
        axes.plot([], [], style, color="0.3", linewidth=1, label=name)
    axes.legend(fontsize=7, frameon=False)
