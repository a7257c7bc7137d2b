"""One colour and one marker for every method, the same in every figure.

The colours keep apart for readers with any of the three kinds of colour blindness (a test holds
it), and no method shares another's marker. Beyond Blur has a hue that darkens with the Peclet
number. At Pe = 0 nothing flows: the lattice only blurs, which is IHDM by another solver and no
point on the way of the flow's hue, so it is black.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import LinearSegmentedColormap, to_hex

from beyond_blur.config import labels

REAL = "#777777"
"""Of real images, floors, guides: of what belongs to no method."""


@dataclass(frozen=True)
class Look:
    """How a method is drawn.

    Attributes
    ----------
    colour : str
        As #rrggbb.
    marker : str
        Of Matplotlib.
    """

    colour: str
    marker: str


METHODS = {
    "DDPM": Look("#3366cc", "o"),
    "DDPM, coloured noise": Look("#6699ff", "8"),
    "IHDM": Look("#e69f00", "s"),
    "IHDM, coloured noise": Look("#601848", "H"),
    "Blurring Diffusion": Look("#33bbaa", "^"),
    "Cold Diffusion": Look("#aa4499", "v"),
}
"""Of methods without a flow, by their titles."""

FLOW_MARKERS = {
    "Beyond Blur": "D",
    "compressible": "D",
    "divergence free": "h",
    "between walls": "d",
    "background only": "X",
    "stream": ">",
    "frozen": "<",
}
"""Of Beyond Blur, and of its flows in the study, by their titles: the colour is that of the Pe."""

IN_THE_STUDY = {"coloured noise": "IHDM, coloured noise"}
"""Methods of `METHODS` that have another name in the study."""

FLOW = LinearSegmentedColormap.from_list("flow", ["#ff9e80", "#d03a10", "#6a1400"])

HALF_WAY = 0.06
"""Peclet number in the middle of the hue: the best of the paper's Table 1."""

NO_FLOW = Look("#000000", "P")

OTHER_COLOURS = ("#882255", "#999933", "#7e57c2", "#8d6e63", "#4aa3df")
OTHER_MARKERS = ("<", ">", "p", "*", "d")

LEVEL_MAP = "viridis"
"""Colour map of the levels of one process, and of its states' grey values as surfaces."""


def peclet_colour(peclet: float) -> str:
    """The colour of a Peclet number above 0, the same whatever others stand beside it."""
    return to_hex(FLOW(peclet / (peclet + HALF_WAY)))


def looks(shown: Iterable[str]) -> dict[str, Look]:
    """The look of every process of a figure.

    Parameters
    ----------
    shown : iterable of str
        Labels (`labels.label`), or titles alone: a path over several Peclet numbers has the colour
        of the middle of the hue.

    Returns
    -------
    dict of label to Look
        Of a process with a name of its own, one that follows from the name; where two such names of
        a figure would have the same, the later one in the alphabet has the next.
    """
    named = {text: labels.parts(text) for text in shown}
    known = {*METHODS, *FLOW_MARKERS, *IN_THE_STUDY}
    own = {name for name, _ in named.values() if name not in known}
    others = looks_of_others(own)
    return {
        text: others[name] if name in others else look_of_method(name, peclet)
        for text, (name, peclet) in named.items()
    }


def look_of_method(name: str, peclet: float | None) -> Look:
    """The look of a method by its title, and of a flow by its Peclet number."""
    name = IN_THE_STUDY.get(name, name)
    if name in METHODS:
        return METHODS[name]
    if peclet == 0:
        return NO_FLOW
    return Look(peclet_colour(HALF_WAY if peclet is None else peclet), FLOW_MARKERS[name])


def looks_of_others(names: Iterable[str]) -> dict[str, Look]:
    """Looks of processes with names of their own."""
    colours, markers = len(OTHER_COLOURS), len(OTHER_MARKERS)
    places: dict[str, int] = {}
    for name in sorted(names):
        place = zlib.crc32(name.encode()) % (colours * markers)
        while place in places.values() and len(places) < colours * markers:
            place = (place + 1) % (colours * markers)
        places[name] = place
    return {
        name: Look(OTHER_COLOURS[i % colours], OTHER_MARKERS[(i + i // colours) % markers])
        for name, i in places.items()
    }


def level_colours(n_levels: int) -> list[str]:
    """A colour for each of some levels of a process, dark at level 0."""
    shades = colormaps[LEVEL_MAP](np.linspace(0, 0.9, n_levels))
    return [to_hex(shade) for shade in shades]
