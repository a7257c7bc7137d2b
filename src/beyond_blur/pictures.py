"""Pictures of one corrupted image, of its flow, and of the two lattice schemes.

Pure functions: arrays in, arrays or a matplotlib figure out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import hsv_to_rgb
from matplotlib.figure import Figure

from beyond_blur.data import to_uint8
from beyond_blur.figures import mosaic
from beyond_blur.lbm.units import LatticeSchedule, omega

COLUMNS = 8
"""Images in one row of a strip."""

ARROWS = 18
"""Arrows along the longer side of an image."""

SMALLEST_FRAME = 128
"""Frames of an animation with a shorter long side are enlarged, every pixel to a square."""

LEVELS = matplotlib.colormaps["viridis"]


# --- one image over its levels --------------------------------------------------------------------


def levels_shown(n_levels: int, n: int) -> np.ndarray:
    """At most n >= 2 levels from 0 to K, both included, evenly spread: int64, increasing."""
    return np.unique(np.linspace(0, n_levels, n).round().astype(np.int64))


def share_outside(states: np.ndarray) -> np.ndarray:
    """Share of each state's values outside [0, 1], by more than half a grey level of 255.

    Parameters
    ----------
    states : float array, shape (..., c, h, w)

    Returns
    -------
    float64 array, shape (...)
    """
    return (np.abs(states - 0.5) > 0.5 + 0.5 / 255).mean(axis=(-3, -2, -1))


def strip(states: np.ndarray, levels: np.ndarray, sigma: np.ndarray, title: str) -> Figure:
    """An image at several levels, in rows of at most `COLUMNS`.

    Parameters
    ----------
    states : float array, shape (m, c, h, w)
        Grey values; what lies outside [0, 1] is cut.
    levels : int array, shape (m,)
    sigma : float array, shape (m,)
        Blur width of each level in pixels.
    title : str
    """
    m, _, h, w = states.shape
    columns = min(m, COLUMNS)
    rows = -(-m // columns)
    side = 1.35  # inches of one image's width
    figure = Figure(figsize=(side * columns, (side * h / w + 0.42) * rows + 0.25))
    figure.set_layout_engine("constrained", w_pad=0.02, h_pad=0.04, wspace=0, hspace=0)
    grid = figure.subplots(rows, columns, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for axes, state, level, width in zip(grid.flat, states, levels, sigma, strict=False):
        show_image(axes, state)
        blur = f"$\\sigma_B$ = {width:.2g} px" if level else "clean"
        axes.set_title(f"k = {level}\n{blur}", fontsize=8)
    figure.suptitle(title, fontsize=9)
    return figure


def show_image(axes: Axes, state: np.ndarray) -> None:
    """One state (c, h, w), cut to [0, 1], without axes; pixels are squares where they are large."""
    axes.imshow(mosaic(state[None], 1), interpolation="auto", vmin=0, vmax=1)
    axes.set_axis_off()


def frames(states: np.ndarray) -> np.ndarray:
    """Frames of an animation from states (m, c, h, w): uint8 (m, H, W, 3)."""
    m, c, h, w = states.shape
    pixels = to_uint8(states).transpose(0, 2, 3, 1)
    times = max(1, SMALLEST_FRAME // max(h, w))
    large = pixels.repeat(times, axis=1).repeat(times, axis=2)
    return np.broadcast_to(large, (m, h * times, w * times, 3)) if c == 1 else large


# --- the flow -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Moment:
    """The flow at one lattice step.

    Attributes
    ----------
    field : float array, shape (2, h, w)
        Velocity along x (to the right) and y (down), cells per step.
    rms : float
        The speed V that the Peclet number asks of each component, cells per step.
    state : float array, shape (c, h, w)
        The image at that step.
    title : str
    """

    field: np.ndarray
    rms: float
    state: np.ndarray
    title: str


def velocity_colours(field: np.ndarray, full: float) -> np.ndarray:
    """A velocity field as colour: hue is the direction, saturation the speed; white is at rest.

    Parameters
    ----------
    field : float array, shape (2, h, w)
        Along x (to the right) and y (down). Red points to the right, green-yellow down.
    full : float
        Speed of full colour, in the unit of the field; faster is the same colour.

    Returns
    -------
    float array, shape (h, w, 3)
        RGB in [0, 1].
    """
    hue = np.arctan2(field[1], field[0]) / (2 * np.pi) % 1
    speed = np.clip(np.hypot(*field) / full, 0, 1)
    return hsv_to_rgb(np.stack([hue, speed, 1 - 0.12 * speed], axis=-1))


def direction_wheel(side: int = 201) -> np.ndarray:
    """The legend of `velocity_colours`: a disc of all directions, (side, side, 4) RGBA."""
    at = np.linspace(-1, 1, side)
    field = np.stack(np.broadcast_arrays(at[None], at[:, None]))
    inside = np.hypot(*field) <= 1
    return np.concatenate([velocity_colours(field, 1.0), inside[..., None]], axis=-1)


def flow_figure(moments: Sequence[Moment], title: str) -> Figure:
    """The flow as arrows over the image and as colour, one column for each moment.

    Arrows and colours have one scale, in units of each moment's V.
    """
    h, w = moments[0].field.shape[1:]
    full = max(float(np.hypot(*m.field).max() / m.rms) for m in moments)
    side, n = 1.8, len(moments)
    width = side * n + 1.0
    figure = Figure(figsize=(width, 2 * side * h / w + 0.75))
    grid = figure.subplots(2, n + 1, squeeze=False, width_ratios=[side] * n + [0.9])
    for (arrows, colours), moment in zip(grid[:, :n].T, moments, strict=True):
        draw_arrows(arrows, moment, full)
        arrows.set_title(moment.title, fontsize=8)
        colours.imshow(velocity_colours(moment.field / moment.rms, full), interpolation="nearest")
        colours.set_axis_off()
    grid[0, n].set_axis_off()
    draw_wheel(grid[1, n], full)
    figure.suptitle(title, fontsize=9)
    return figure


def draw_arrows(axes: Axes, moment: Moment, full: float) -> None:
    """Arrows over the image; one of speed ``full`` times V reaches over two gaps."""
    show_image(axes, moment.state)
    h, w = moment.field.shape[1:]
    gap = max(1, round(max(h, w) / ARROWS))
    y, x = np.mgrid[gap // 2 : h : gap, gap // 2 : w : gap]
    u, v = moment.field[:, y, x] / moment.rms
    axes.quiver(
        x, y, u, v, angles="xy", scale_units="xy", scale=full / (2.2 * gap), pivot="mid",
        color="white", edgecolor="black", linewidth=0.4, width=0.009, headwidth=3.2,
        headlength=3.2, headaxislength=3, minlength=0.3,
    )  # fmt: skip
    axes.set(xlim=(-0.5, w - 0.5), ylim=(h - 0.5, -0.5))


def draw_wheel(axes: Axes, full: float) -> None:
    """The wheel of directions; its rim is the speed of full colour."""
    axes.imshow(direction_wheel(), extent=(-1, 1, 1, -1))
    axes.set_axis_off()
    axes.set_title(f"direction\nrim: {full:.2g} V", fontsize=8)


# --- the Peclet number ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Block:
    """One block of a grid of pictures.

    Attributes
    ----------
    title : str
    columns : sequence of str
        Labels of the columns.
    pictures : nested sequence of float arrays (c, h, w), indexed [row][column]
        In [0, 1]. Sizes may differ; all are drawn equally large.
    """

    title: str
    columns: Sequence[str]
    pictures: Sequence[Sequence[np.ndarray]]


def picture_grid(blocks: Sequence[Block], rows: Sequence[str]) -> Figure:
    """Blocks of pictures side by side, with the same rows."""
    side, gap, left, top = 0.57, 0.1, 0.9, 0.42  # inches
    ratios = [x for block in blocks for x in (gap, *[side] * len(block.columns))][1:]
    width, height = left + 1.05 * sum(ratios), top + 1.05 * side * len(rows)
    figure = Figure(figsize=(width, height))
    figure.set_layout_engine("none")  # labels are not to push the pictures apart
    place = {"left": left / width, "right": 0.995, "bottom": 0.01, "top": 1 - top / height}
    grid = figure.subplots(
        len(rows), len(ratios), squeeze=False, width_ratios=ratios,
        gridspec_kw={**place, "wspace": 0.05, "hspace": 0.05},
    )  # fmt: skip
    for axes in grid.flat:
        axes.set_axis_off()
    first = 0
    for block in blocks:
        draw_block(grid[:, first : first + len(block.columns)], block)
        first += len(block.columns) + 1
    for axes, label in zip(grid[:, 0], rows, strict=True):
        axes.text(-0.1, 0.5, label, transform=axes.transAxes, fontsize=7, ha="right", va="center")
    return figure


def draw_block(grid: np.ndarray, block: Block) -> None:
    """One block into its axes (rows, columns)."""
    for axes, picture in zip(grid.flat, chain.from_iterable(block.pictures), strict=True):
        show_image(axes, picture)
    for axes, label in zip(grid[0], block.columns, strict=True):
        axes.set_title(label, fontsize=7, pad=3)
    grid[0, 0].annotate(block.title, (0, 1), xycoords="axes fraction", fontsize=8,
                        xytext=(0, 15), textcoords="offset points")  # fmt: skip


def change_colours(change: np.ndarray, full: float) -> np.ndarray:
    """A change in grey values (c, h, w), mean over channels, as (3, h, w): blue down, red up.

    ``full`` is the change of full colour; more is the same colour.
    """
    share = 0.5 + 0.5 * np.clip(change.mean(0) / full, -1, 1)
    return matplotlib.colormaps["RdBu_r"](share)[..., :3].transpose(2, 0, 1)


# --- the two schemes ------------------------------------------------------------------------------


def general_variance(alpha: np.ndarray) -> np.ndarray:
    """Variance per axis that the central-moment scheme has given a point after each step.

    The scheme is a walk whose steps remember each other. With V the variance, q the covariance of a
    walker's place and last step, and r = 1 - omega what a collision leaves of q,

        V' = V + 2 r q + 1/3,    q' = r q + 1/3,

    from V = q = 0 for populations that start in equilibrium. At a constant alpha

        V_n = 2 alpha n - (2/3) r (1 - r^n) / (1 - r)^2:

    the first step spreads by 1/3 whatever alpha is, and the excess stays. (Derived here, without
    flow; tested against ``lbm.reference``. The memoryless scheme has V_n = sum of 2 alpha.)

    Parameters
    ----------
    alpha : float array, shape (n,)
        Diffusivity of each step, cells^2 per step.

    Returns
    -------
    float64 array, shape (n,)
        Cells^2.
    """
    variance, covariance, out = 0.0, 0.0, np.empty(len(alpha))
    for i, a in enumerate(alpha):
        kept = (1 - omega(float(a))) * covariance
        variance, covariance = variance + 2 * kept + 1 / 3, kept + 1 / 3
        out[i] = variance
    return out


def general_factor(alpha: float, p: np.ndarray) -> np.ndarray:
    """What one step of the central-moment scheme leaves of a wave along an axis, without flow.

    With c = cos p, r = 1 - omega and A = (2 + c) / 3, density and momentum of the wave obey a two
    by two system with the characteristic polynomial

        x^2 - (A + r c) x + r (1 + 2 c) / 3 = 0,

    of which this is the root that is 1 at p = 0. (Derived here; tested against ``lbm.reference``.)

    Parameters
    ----------
    alpha : float
        Diffusivity, cells^2 per step.
    p : float array
        Wave numbers, radians per cell.

    Returns
    -------
    complex128 array
        Complex where the wave swings while it decays.
    """
    c, r = np.cos(p), 1 - omega(alpha)
    middle = (2 + c) / 3 + r * c
    root = np.sqrt((middle**2 - 4 * r * (1 + 2 * c) / 3).astype(np.complex128))
    return (middle + root) / 2


def memoryless_factor(alpha: float, p: np.ndarray) -> np.ndarray:
    """What one step of the memoryless scheme leaves of such a wave: 1 - cs2 (1 - cos p)."""
    return 1 - 2 * alpha * (1 - np.cos(p))


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


def colour_of(i: int) -> tuple[float, ...]:
    """Colour of the i-th diffusivity."""
    return LEVELS(0.85 * i / (len(STUDIED) - 1))


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
    axes.plot(k, reached_widths(schedule)[k - 1], ".-", color="C3", linewidth=0.8,
              label="central moments")  # fmt: skip
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
