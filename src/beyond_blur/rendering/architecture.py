"""The package in one picture: its rooms in the order of the data's way, and who imports whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROOMS = {
    "config": "the experiment: options, checks",
    "storage": "files of arrays, with a manifest",
    "data": "images",
    "lbm": "the lattice-Boltzmann solver",
    "corruption": "the solver on images",
    "processes": "forward processes, reverse steps",
    "network": "U-Net, averaged weights",
    "sampling": "priors -> samples",
    "training": "pairs -> network",
    "features": "images -> feature vectors",
    "metrics": "feature vectors -> numbers",
    "analysis": "spectra, levels compared",
    "rendering": "tables and figures",
    "cli": "verbs: read, call, write",
}
"""Rooms of the package in the order of the data's way: imports go to the rooms above only."""

SERVICES = ("config", "storage")
"""Rooms that every other one may use; their arrows are drawn pale."""


def room_graph(modules: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """Which room imports which.

    Parameters
    ----------
    modules : mapping of str to set of str
        Every module and the modules that it imports: `beyond_blur.storage.code.graph`.

    Returns
    -------
    dict of str to set of str
        Every folder of the package and the others that its modules import from.
    """
    arrows: dict[str, set[str]] = {room: set() for room in ROOMS}
    for module, imported in modules.items():
        room = _room(module)
        if room in arrows:
            arrows[room] |= {_room(one) for one in imported} & set(ROOMS) - {room}
    return arrows


def draw_architecture(arrows: Mapping[str, set[str]]) -> Figure:
    """The rooms one below the other, and an arc from each to every one that it imports.

    Parameters
    ----------
    arrows : mapping of str to set of str
        `room_graph`.
    """
    from matplotlib.figure import Figure

    rows = {room: len(ROOMS) - i for i, room in enumerate(ROOMS)}
    figure = Figure(figsize=(9, 8.2))
    figure.set_layout_engine("none")
    axes = figure.add_axes((0, 0, 1, 1))
    for room, imported in arrows.items():
        for one in imported:
            _arc(axes, rows[room], rows[one], pale=one in SERVICES)
    for room, meaning in ROOMS.items():
        _box(axes, rows[room], room, meaning)
    axes.text(0.0, len(ROOMS) + 0.75, "imports of stages", ha="right", va="center", color="C0")
    axes.text(5.6, len(ROOMS) + 0.75, "imports of services", va="center", color="0.55")
    axes.set(xlim=(-4.2, 9.2), ylim=(0.3, len(ROOMS) + 1.2))
    axes.set_axis_off()
    return figure


def _room(module: str) -> str:
    return ".".join(module.split(".")[1:2])


def _box(axes: Axes, y: float, room: str, meaning: str) -> None:
    """One room: its name and what it holds."""
    from matplotlib.patches import FancyBboxPatch

    colour = "0.93" if room in SERVICES else "#dce9f5"
    axes.add_patch(
        FancyBboxPatch((0.1, y - 0.3), 5.3, 0.6, boxstyle="round,pad=0.02", fc=colour, ec="0.4")
    )
    axes.text(0.25, y, room, va="center", weight="bold", family="monospace", size=11)
    axes.text(1.95, y, meaning, va="center", size=9.5)


def _arc(axes: Axes, start: float, end: float, pale: bool) -> None:
    """An arrow from a room to one that it imports: services on the right, stages on the left.

    Wider the further it goes, so that arcs that cross can be told apart.
    """
    from matplotlib.patches import FancyArrowPatch

    x, side = (5.45, 1.0) if pale else (0.05, -1.0)
    distance = abs(end - start)
    colour = "0.72" if pale else f"C{round(start) % 10}"
    bend = side * (0.45 + 0.22 * distance) / distance * 2
    axes.add_patch(
        FancyArrowPatch(
            (x, start + 0.12), (x, end - 0.12), connectionstyle=f"arc3,rad={bend:.3f}",
            arrowstyle="-|>", mutation_scale=9, color=colour, lw=0.9, shrinkA=0, shrinkB=0,
        )
    )  # fmt: skip
