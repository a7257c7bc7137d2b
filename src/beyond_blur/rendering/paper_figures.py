"""The paper's explanatory figures, from arrays: figure 1, the teaser and figure 2.

Pure functions: arrays in, a matplotlib figure out. The states of the two-dimensional figures come
from any process, in the range of images.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import matplotlib
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from mpl_toolkits.mplot3d import Axes3D

from beyond_blur.analysis.alignment import LevelSpectra
from beyond_blur.analysis.spectrum import radial_spectrum
from beyond_blur.processes.dct import blur

LEVELS = matplotlib.colormaps["viridis"]


SURFACE_POINTS = 40
"""Grid points per side of a surface plot; more are not to be seen at its size."""


# --- figure 1: profiles ---------------------------------------------------------------------------


def profile_states(
    initial: np.ndarray, strengths: Sequence[float] = (0.3, 0.6, 1.0), seed: int = 0
) -> list[tuple[str, np.ndarray]]:
    """What advection, blur and noise each do to a profile between walls.

    Parameters
    ----------
    initial : float array, shape (n,)
        Grey values of n cells.
    strengths : sequence of float, length m
        How far each is taken: shares of the largest displacement (0.15 of the length), blur width
        (0.08 of the length) and noise (standard deviation 0.15).
    seed : int
        Seed of the noise.

    Returns
    -------
    list of (label, float array of shape (m, n))
        For advection, blur and noise.
    """
    n = len(initial)
    edges = np.linspace(0, 1, n + 1)
    mass = np.concatenate([[0.0], np.cumsum(initial)])
    # A flow along x with walls moves the cells' edges; the mass between two edges goes along.
    flow = 0.15 * np.sin(np.pi * edges)
    moved = [np.diff(np.interp(edges, edges + s * flow, mass)) for s in strengths]
    one_row = torch.from_numpy(initial.astype(np.float64))[None, None, None]
    widths = torch.tensor([0.08 * n * s for s in strengths], dtype=torch.float64)
    blurred = blur(one_row.expand(len(strengths), -1, -1, -1), widths)[:, 0, 0].numpy()
    draws = np.random.default_rng(seed).standard_normal((len(strengths), n))
    noised = initial + 0.15 * np.array(strengths)[:, None] * draws
    return [("advection", np.stack(moved)), ("blur", blurred), ("noise", noised)]


def profiles(initial: np.ndarray, panels: Sequence[tuple[str, np.ndarray]]) -> Figure:
    """One-dimensional profiles before and after each process, with their sums (figure 1).

    Parameters
    ----------
    initial : float array, shape (n,)
    panels : sequence of (label, float array of shape (m, n))
        States of each process, from little to much; see `profile_states`.
    """
    figure = Figure(figsize=(2.7 * len(panels), 2.5))
    grid = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    x = (np.arange(len(initial)) + 0.5) / len(initial)
    for axes, (label, states) in zip(grid, panels, strict=True):
        axes.fill_between(x, initial, color="0.85", linewidth=0, label="before")
        for j, state in enumerate(states):
            share = 0.85 * (1 - j / max(len(states) - 1, 1))
            last = j == len(states) - 1
            axes.plot(x, state, color=LEVELS(share), linewidth=1.3 if last else 0.8,
                      label="after" if last else None)  # fmt: skip
        axes.set_title(f"{label}: {verdict(initial, states)}")
        axes.set_xlabel("x / L")
        axes.set_xlim(0, 1)
    grid[0].set_ylabel("grey value")
    grid[0].legend(fontsize=7, loc="lower right", ncols=2, frameon=False)
    return figure


def verdict(initial: np.ndarray, states: np.ndarray) -> str:
    """The sums before and after, as a line of text, and whether they are the same."""
    before, after = float(initial.sum()), float(states[-1].sum())
    drift = float(np.abs(states.sum(1) / before - 1).max())
    kept = "conserved" if drift < 1e-6 else f"changed by {100 * (after / before - 1):+.1f} %"
    return f"sum {kept}\n{before:.2f} → {after:.2f}"


# --- the teaser -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Strips:
    """One process on its way out and back.

    Attributes
    ----------
    label : str
    forward, backward : float arrays, shape (m, h, w)
        An image at m levels, level 0 first, and a sample at the same levels.
    levels : sequence of int, length m
    """

    label: str
    forward: np.ndarray
    backward: np.ndarray
    levels: Sequence[int]


def teaser(processes: Sequence[Strips]) -> Figure:
    """Forward and reverse strips of processes side by side, the forward states as surfaces above.

    Each column is one level, clean at the left; the reverse strip is read from right to left.
    """
    m = max(len(strips.levels) for strips in processes)
    figure = Figure(figsize=(0.86 * m * len(processes) + 0.5, 3.1))
    figure.set_layout_engine("none")  # every axes has its own place
    block = 0.96 / len(processes)
    for i, strips in enumerate(processes):
        left, width = 0.035 + i * block, block * 0.95 / m
        for j in range(len(strips.levels)):
            x = left + j * width
            surface: Axes3D = figure.add_axes((x, 0.6, width, 0.3), projection="3d")
            draw_surface(surface, strips.forward[j])
            for y, state in ((0.3, strips.forward[j]), (0.02, strips.backward[j])):
                draw_tile(figure.add_axes((x + 0.03 * width, y, 0.94 * width, 0.265)), state)
            figure.text(x + width / 2, 0.585, f"k = {strips.levels[j]}", ha="center", fontsize=7)
        figure.text(left + block * 0.475, 0.93, strips.label, ha="center", fontsize=10)
    for y, words in ((0.43, "forward →"), (0.15, "← reverse")):
        figure.text(0.018, y, words, rotation=90, ha="center", va="center", fontsize=8)
    return figure


def draw_tile(axes: Axes, state: np.ndarray) -> None:
    """One state as a grey picture, cut to [0, 1]."""
    axes.imshow(np.clip(state, 0, 1), cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    axes.set_axis_off()


def draw_surface(axes: Axes3D, state: np.ndarray) -> None:
    """One state as a surface over the image plane, cut to [-0.25, 1.25]."""
    step = max(1, -(-max(state.shape) // SURFACE_POINTS))
    heights = np.clip(state[::step, ::step], -0.25, 1.25)
    y, x = np.mgrid[: heights.shape[0], : heights.shape[1]]
    axes.plot_surface(
        x, -y, heights, cmap="viridis", vmin=0, vmax=1, linewidth=0, rcount=SURFACE_POINTS,
        ccount=SURFACE_POINTS, antialiased=False, rasterized=True,
    )  # fmt: skip
    axes.set_zlim(-0.25, 1.25)
    axes.set_box_aspect((1, 1, 0.6), zoom=1.5)
    axes.view_init(elev=38, azim=-62)
    axes.set_axis_off()


# --- figure 2: spectra ----------------------------------------------------------------------------


@dataclass(frozen=True)
class SpectrumPanel:
    """One process at several levels.

    Attributes
    ----------
    label : str
    states : float array, shape (m, ..., h, w)
        One photograph at m levels, in the range of images.
    names : sequence of str, length m
        What each level is called.
    floor : sequence of float, length m
        Variance of the noise at each level; 0 where there is none.
    """

    label: str
    states: np.ndarray
    names: Sequence[str]
    floor: Sequence[float]


def spectra_of_one_photograph(
    panels: Sequence[SpectrumPanel], slopes: Sequence[float] = (-2.0, -3.0)
) -> Figure:
    """Radially averaged energy spectrum of one photograph under each process (figure 2).

    Double logarithmic, with power laws for reference and the noise floor of each level as a dotted
    line: white noise of standard deviation s is flat at s^2.

    Parameters
    ----------
    panels : sequence of SpectrumPanel
    slopes : sequence of float
        Exponents of the reference lines.
    """
    figure = Figure(figsize=(2.9 * len(panels), 3.1))
    grid = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    top = max(float(radial_spectrum(p.states[0])[1].max()) for p in panels)
    lowest = min((f for p in panels for f in p.floor if f > 0), default=top * 1e-8)
    for axes, panel in zip(grid, panels, strict=True):
        draw_spectra(axes, panel)
        draw_slopes(axes, top, panel.states.shape[-1], slopes)
        axes.set_ylim(lowest / 8, top * 5)
        axes.set_title(panel.label)
        axes.set_xlabel("wave number, half waves per image")
        axes.legend(fontsize=6, loc="lower left", frameon=True, framealpha=0.85, edgecolor="none")
    grid[0].set_ylabel("energy per mode")
    return figure


def draw_spectra(axes: Axes, panel: SpectrumPanel) -> None:
    """A line for every level, and its noise floor at the fine end."""
    m = len(panel.states)
    for j in range(m):
        wavenumber, energy = radial_spectrum(panel.states[j])
        colour = LEVELS(0.9 * j / max(m - 1, 1))
        axes.loglog(wavenumber, energy, color=colour, linewidth=1.2, label=panel.names[j])
        if panel.floor[j] > 0:
            axes.axhline(panel.floor[j], color=colour, linestyle=":", linewidth=0.9, zorder=1)
    floors = sorted({f for f in panel.floor if f > 0})
    if floors:
        # One floor has room under its fine end; several stand close there, and have it on the left.
        alone = len(floors) == 1
        axes.annotate(
            "noise floor" if alone else "noise floors", (0.98 if alone else 0.02, floors[-1]),
            xycoords=("axes fraction", "data"), ha="right" if alone else "left",
            xytext=(0, -6 if alone else 2), textcoords="offset points",
            va="top" if alone else "bottom", fontsize=7,
        )  # fmt: skip


def draw_slopes(axes: Axes, top: float, side: int, slopes: Sequence[float]) -> None:
    """Power laws from a common point above the spectra, each named at its end."""
    start = 3.0
    k = np.geomspace(start, side / 2, 20)
    for slope in slopes:
        line = 1.5 * top * (k / start) ** slope
        axes.loglog(k, line, color="0.45", linestyle="--", linewidth=0.8, zorder=1)
        axes.annotate(f"$k^{{{slope:g}}}$", (k[14], line[14]), fontsize=8, color="0.35",
                      xytext=(2, 2), textcoords="offset points")  # fmt: skip


# --- levels of different methods ------------------------------------------------------------------


def level_alignment(curves: Mapping[str, LevelSpectra]) -> Figure:
    """Measured signal-to-noise ratio over the level of each process: equal heights are aligned.

    Parameters
    ----------
    curves : mapping of label to LevelSpectra
    """
    figure = Figure(figsize=(7.5, 2.9))
    left, right = figure.subplots(1, 2)
    for label, spectra in curves.items():
        share = spectra.levels / spectra.levels[-1]
        left.plot(share[1:], spectra.snr_db[1:], marker=".", linewidth=1, label=label)
        right.plot(share, spectra.distance_db, marker=".", linewidth=1)
    left.set(xlabel="level k / K", ylabel="signal to noise, dB")
    right.set(xlabel="level k / K", ylabel="distance to the clean spectrum, dB")
    left.legend(fontsize=6, frameon=False)
    return figure
