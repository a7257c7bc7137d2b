"""Pictures of a velocity field: arrows and colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import hsv_to_rgb
from matplotlib.figure import Figure

from beyond_blur.analysis.one_image import Run
from beyond_blur.lbm.units import rms_speed
from beyond_blur.lbm.wall_frames import flow_of
from beyond_blur.rendering.corruption_pictures import show_image

ARROWS = 18
"""Arrows along the longer side of an image."""


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


def flow_moments(run: Run, states: np.ndarray, levels: np.ndarray) -> list[Moment]:
    """The flow of an image's way at some levels.

    Parameters
    ----------
    run : Run
    states : float array, shape (m, c, h, w)
        The image at the levels.
    levels : int array, shape (m,)
    """
    shape = (run.image.shape[1], run.image.shape[2])
    trajectory, schedule = run.trajectory, run.trajectory.schedule
    flow = flow_of(shape, trajectory.velocity, run.flow_seed, 1)
    moments = []
    for level, state in zip(levels, states, strict=True):
        # The step that led to the level; the first step of all at level 0.
        step = max(int(schedule.first_step[level]) - 1, 0)
        alpha = float(schedule.alpha[max(level, 1)])
        rms = float(rms_speed(trajectory.peclet, alpha, max(shape)))
        title = f"step {step:,} (k = {level})\nV = {rms:.2g} cells per step"
        moments.append(Moment(flow.at(step, rms, alpha), rms, state, title))
    return moments


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
        x,
        y,
        u,
        v,
        angles="xy",
        scale_units="xy",
        scale=full / (2.2 * gap),
        pivot="mid",
        color="white",
        edgecolor="black",
        linewidth=0.4,
        width=0.009,
        headwidth=3.2,
        headlength=3.2,
        headaxislength=3,
        minlength=0.3,
    )
    axes.set(xlim=(-0.5, w - 0.5), ylim=(h - 0.5, -0.5))


def draw_wheel(axes: Axes, full: float) -> None:
    """The wheel of directions; its rim is the speed of full colour."""
    axes.imshow(direction_wheel(), extent=(-1, 1, 1, -1))
    axes.set_axis_off()
    axes.set_title(f"direction\nrim: {full:.2g} V", fontsize=8)
