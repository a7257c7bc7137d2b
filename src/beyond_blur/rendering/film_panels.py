"""Panels of moving pictures side by side: frames of a film, every pixel of a picture a square."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from beyond_blur.data.mosaic import mosaic
from beyond_blur.rendering.films import Film, enlarged
from beyond_blur.rendering.image_grids import PANELS_ACROSS

WIDTH = 240
"""Pixels that a panel's pictures are enlarged to, at most; those of a panel alone twice as many."""

LETTERS = 14
"""Pixels of the letters' height: size of the font."""

LINE = 19
"""Pixels from one line of letters to the next."""

MARGIN = 12
"""Pixels of white around panels."""

BAR = 4
"""Pixels of the bar that shows how much of the film is over."""

SECONDS = 4.0
"""What a film of any number of frames takes, where that keeps each in `SHOWN`."""

SHOWN = (5, 50)
"""Hundredths of a second that a frame is shown for, at least and at most."""

PAUSE = 1.5
"""Seconds at the end."""

INK, SOFT, TRACK = (28, 28, 28), (110, 110, 110), (225, 225, 225)
"""Grey values of titles, of what changes, and of the bar's ground."""


@dataclass(frozen=True)
class Moving:
    """A few pictures that change together.

    Attributes
    ----------
    title : str
        Above them.
    pictures : uint8 array, shape (n, m, c, h, w)
        n pictures at m moments, spread evenly over the film.
    captions : sequence of str
        Below them, one for each moment.
    """

    title: str
    pictures: np.ndarray
    captions: Sequence[str]


def film_of(panels: Sequence[Moving], *, back: bool = False) -> Film:
    """Panels side by side, each at the same share of its way.

    Parameters
    ----------
    panels : sequence of Moving
        Of any numbers of moments: a frame shows the nearest moment of each.
    back : bool
        Whether the film goes back to its beginning, after a pause.
    """
    m = max(len(panel.captions) for panel in panels)
    hundredths = int(np.clip(round(100 * SECONDS / m), *SHOWN))
    pause = round(100 * PAUSE / hundredths)
    order = [*range(m)]
    if back:
        order += [m - 1] * pause + order[-2::-1]
    places = placed(panels)
    ground = ground_of(places)
    frames = {i: frame(ground, places, i / max(m - 1, 1)) for i in set(order)}
    return Film(np.stack([frames[i] for i in order]), hundredths, pause)


@dataclass(frozen=True)
class Place:
    """One panel on the ground of a film.

    Attributes
    ----------
    panel : Moving
    x, y : int
        Pixel of the upper left corner of its pictures.
    across, times : int
        Pictures in a row, and how much they are enlarged.
    width, height : int
        Pixels of the pictures together, enlarged.
    lines : sequence of str
        Its title.
    """

    panel: Moving
    x: int
    y: int
    across: int
    times: int
    width: int
    height: int
    lines: Sequence[str]


def placed(panels: Sequence[Moving]) -> list[Place]:
    """Where each panel stands: in rows of at most `PANELS_ACROSS`, as wide as the widest."""
    across = -(-len(panels) // -(-len(panels) // PANELS_ACROSS))
    width = WIDTH if len(panels) > 1 else 2 * WIDTH
    sizes = [size_of(panel.pictures, width) for panel in panels]
    room = max(max(width for *_, width, _ in sizes), widest_word(panels))
    titles = [wrapped(panel.title, room) for panel in panels]
    head, tall = LINE * max(map(len, titles)), max(height for *_, height in sizes)
    found = []
    for i, (panel, size, lines) in enumerate(zip(panels, sizes, titles, strict=True)):
        x = MARGIN + (i % across) * (room + MARGIN)
        y = MARGIN + (i // across) * (head + tall + LINE + MARGIN) + head
        found.append(Place(panel, x, y, *size, lines))
    return found


def size_of(pictures: np.ndarray, width: int) -> tuple[int, int, int, int]:
    """Pictures in a row, their enlargement, and pixels of all of them across and down."""
    n, _, _, h, w = pictures.shape
    across = int(np.ceil(np.sqrt(n)))
    down = -(-n // across)
    times = max(width // (across * (w + 1) - 1), 1)
    return across, times, (across * (w + 1) - 1) * times, (down * (h + 1) - 1) * times


def ground_of(places: Sequence[Place]) -> np.ndarray:
    """What all frames have: the panels' titles on white, uint8 (H, W, 3)."""
    right = max(place.x + max(place.width, *map(length, place.lines)) for place in places)
    down = max(place.y + place.height for place in places) + LINE + MARGIN // 2
    ground = Image.new("RGB", (right + MARGIN, down + BAR + MARGIN), "white")
    draw = ImageDraw.Draw(ground)
    for place in places:
        top = place.y - LINE * len(place.lines)
        for i, line in enumerate(place.lines):
            draw.text((place.x, top + i * LINE), line, INK, font())
    return np.asarray(ground)


def frame(ground: np.ndarray, places: Sequence[Place], share: float) -> np.ndarray:
    """One frame, at a share of every panel's way: uint8 (H, W, 3)."""
    image = Image.fromarray(ground)
    draw = ImageDraw.Draw(image)
    for place in places:
        moment = round(share * (len(place.panel.captions) - 1))
        small = mosaic(place.panel.pictures[:, moment], place.across, 1, blank=255)
        large = enlarged(np.broadcast_to(small, (*small.shape[:2], 3)), place.times)
        image.paste(Image.fromarray(large), (place.x, place.y))
        caption = place.panel.captions[moment]
        draw.text((place.x, place.y + place.height + 2), caption, SOFT, font())
    left, right, bottom = MARGIN, image.width - MARGIN - 1, image.height - MARGIN
    draw.rectangle((left, bottom - BAR, right, bottom - 1), TRACK)
    if share > 0:
        draw.rectangle((left, bottom - BAR, left + share * (right - left), bottom - 1), SOFT)
    return np.asarray(image)


@cache
def font() -> ImageFont.FreeTypeFont:
    """DejaVu Sans, which comes with Matplotlib: the same letters on every machine."""
    path = Path(matplotlib.get_data_path()) / "fonts/ttf/DejaVuSans.ttf"
    return ImageFont.truetype(path, LETTERS, layout_engine=ImageFont.Layout.BASIC)


def length(text: str) -> int:
    """Pixels that a text is wide."""
    return int(np.ceil(font().getlength(text)))


def widest_word(panels: Sequence[Moving]) -> int:
    """Pixels of the longest word of titles and of the longest caption."""
    words = [word for panel in panels for word in (*panel.title.split(), *panel.captions)]
    return max(map(length, words), default=0)


def wrapped(title: str, room: int) -> list[str]:
    """A title in lines that are not wider than the room, but for words that are."""
    lines: list[str] = []
    for word in title.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and length(longer) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines or [""]
