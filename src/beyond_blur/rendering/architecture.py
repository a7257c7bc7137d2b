"""The package in one picture: its rooms from the images upwards, and who imports whom."""

from __future__ import annotations

import textwrap
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
    "sampling": "priors → samples",
    "training": "pairs → network",
    "features": "images → feature vectors",
    "metrics": "feature vectors → numbers",
    "analysis": "spectra, levels compared",
    "rendering": "tables and figures",
    "verification": "results against what they should be",
    "play": "a page in the browser",
    "cli": "verbs: read, call one function, write",
}
"""Rooms of the package in the order of the data's way: imports go to the rooms above only."""

SERVICES = ("config", "storage")
"""Rooms that every other one may use: they stand apart, and who uses them is said in words."""

COLUMNS = {
    "data": 1, "analysis": 1, "rendering": 2, "verification": 2, "metrics": 3, "features": 4,
}  # fmt: skip
"""Where a stage stands across the picture; those of a process and its network at 0."""

WIDTH, HEIGHT = 0.84, 0.68
"""Size of a stage's box, in columns and in levels."""

STAGE, SERVICE = "#dce9f5", "0.93"
"""Colours of the boxes."""


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


def without_implied(arrows: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """The arrows that no chain of others implies: the transitive reduction of an acyclic graph.

    Parameters
    ----------
    arrows : mapping of str to set of str
        Every node and those that it points to.
    """

    def reached(node: str) -> set[str]:
        return arrows[node].union(*map(reached, arrows[node]))

    return {
        node: {one for one in ends if not any(one in reached(other) for other in ends - {one})}
        for node, ends in arrows.items()
    }


def draw_architecture(arrows: Mapping[str, set[str]]) -> Figure:
    """The stages one above the other, with an arrow down to what each imports.

    A stage stands above all that it imports, and what a chain of arrows implies is left out. The
    services lie below, without arrows.

    Parameters
    ----------
    arrows : mapping of str to set of str
        `room_graph`.
    """
    from matplotlib.figure import Figure

    stages = without_implied(
        {room: to - set(SERVICES) for room, to in arrows.items() if room not in SERVICES}
    )
    places = {room: (COLUMNS.get(room, 0), _level(stages, room)) for room in stages}
    top = max(level for _, level in places.values())
    figure = Figure(figsize=(9, 7.4))
    figure.set_layout_engine("none")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(-0.5, 4.5), ylim=(-2.2, top + 0.4))
    axes.set_axis_off()
    for room, to in stages.items():
        for one in to:
            start = (places[one][0], top) if room == "cli" else places[room]
            _arrow(axes, start, places[one])
    for room, place in places.items():
        if room != "cli":
            _stage(axes, place, room)
    _bar(axes, top, "cli", ROOMS["cli"], STAGE)
    for row, room in enumerate(SERVICES):
        _bar(axes, -1 - 0.8 * row, room, f"{ROOMS[room]}; {_users(arrows, room)}", SERVICE)
    return figure


def _room(module: str) -> str:
    return ".".join(module.split(".")[1:2])


def _level(stages: Mapping[str, set[str]], room: str) -> int:
    """How high a stage stands: above all that it imports; the verbs above everything."""
    below = set(stages) - {"cli"} if room == "cli" else stages[room]
    return max((_level(stages, one) + 1 for one in below), default=0)


def _users(arrows: Mapping[str, set[str]], service: str) -> str:
    """Who imports a service, or who does not."""
    strangers = [r for r in ROOMS if r not in SERVICES and service not in arrows[r]]
    return f"used by all rooms but {', '.join(strangers)}" if strangers else "used by all rooms"


def _frame(axes: Axes, place: tuple[float, float], width: float, colour: str) -> None:
    from matplotlib.patches import FancyBboxPatch

    corner = (place[0] - width / 2, place[1] - HEIGHT / 2)
    style = "round,pad=0,rounding_size=0.06"
    axes.add_patch(FancyBboxPatch(corner, width, HEIGHT, boxstyle=style, fc=colour, ec="0.4"))


def _stage(axes: Axes, place: tuple[float, float], room: str) -> None:
    """A stage: its name, and below it what it holds."""
    x, y = place
    _frame(axes, place, WIDTH, STAGE)
    axes.text(x, y + 0.17, room, ha="center", va="center", weight="bold", size=11)
    meaning = textwrap.fill(ROOMS[room], 20)
    axes.text(x, y - 0.11, meaning, ha="center", va="center", size=8.5, linespacing=1.1)


def _bar(axes: Axes, y: float, room: str, meaning: str, colour: str) -> None:
    """A room as wide as the picture: its name, and beside it what it holds."""
    _frame(axes, (2, y), 4 + WIDTH, colour)
    axes.text(-0.3, y, room, va="center", weight="bold", size=11)
    axes.text(0.3, y, meaning, va="center", size=9)


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    """From the lower edge of a stage to the upper edge of one that it imports."""
    side = (end[0] > start[0]) - (end[0] < start[0])
    corner = 0.0 if end[0] - start[0] > 1 else 0.3  # far to the right: past the metrics
    axes.annotate(
        "",
        xy=(end[0] - corner * side, end[1] + HEIGHT / 2),
        xytext=(start[0] + WIDTH / 2 * side, start[1] - HEIGHT / 2),
        arrowprops={"arrowstyle": "-|>", "color": "C0", "lw": 1.2, "shrinkA": 0, "shrinkB": 0},
    )
