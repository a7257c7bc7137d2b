"""Films: frames as a GIF, pixel for pixel, or as an MP4; the same frames are the same bytes.

Pillow writes the GIF. PyAV writes the MP4: its wheel carries FFmpeg's libraries and x264, so that
no program has to be installed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.spatial import cKDTree

from beyond_blur.storage.atomic import atomic

COLOURS = 256
"""Colours of a GIF's palette, at most."""

PALETTE_PIXELS = 500_000
"""Pixels at most that a palette is chosen from, where a film has more than `COLOURS` colours."""

KMEANS = 4
"""Rounds of k-means that better such a palette."""

X264 = {"crf": "16", "tune": "animation"}
"""Settings of the MP4: pictures of enlarged pixels keep their edges."""


@dataclass(frozen=True)
class Film:
    """Frames, and how long each is shown.

    Attributes
    ----------
    frames : uint8 array, shape (m, H, W, 3)
    hundredths : int
        Hundredths of a second that a frame is shown for, the unit of a GIF.
    pause : int
        Frames for which the film stays at its last one, before it begins again.
    """

    frames: np.ndarray
    hundredths: int = 5
    pause: int = 15


def write_film(path: Path | str, film: Film) -> None:
    """Write a film in the format of the file's suffix.

    Raises
    ------
    ValueError
        For a suffix that is none of `FORMATS`.
    WriteError
        If the file cannot be written.
    """
    write = FORMATS[check_format(path)]
    with atomic(path) as temporary:
        write(temporary, film)


def check_format(path: Path | str) -> str:
    """The suffix of a film's file, in small letters.

    Raises
    ------
    ValueError
        For any other than .gif and .mp4.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in FORMATS:
        raise ValueError(f"{path} has to end in one of {', '.join(FORMATS)}: films are these")
    return suffix


def write_gif(path: Path, film: Film) -> None:
    """A GIF that loops for ever, all of its frames with one palette."""
    first, *others = with_one_palette(film.frames)
    shown = [10 * film.hundredths] * len(film.frames)  # milliseconds
    shown[-1] += 10 * film.hundredths * film.pause
    first.save(path, save_all=True, append_images=others, loop=0, duration=shown, optimize=False)


def with_one_palette(frames: np.ndarray) -> list[Image.Image]:
    """Frames (m, H, W, 3) with the same palette: their own colours, where these are few enough.

    A film in grey has 256 colours at most and is exact. Of one with more, each pixel takes the
    nearest of 256 colours: without dithering, which would flicker, and without a palette for each
    frame, which would, too.
    """
    packed = frames.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
    found = np.unique(packed)
    colours = ((found[:, None] >> np.array([16, 8, 0], np.uint32)) & 255).astype(np.uint8)
    palette, places = colours, np.arange(len(colours))
    if len(colours) > COLOURS:
        palette = palette_of(frames)
        places = cKDTree(palette).query(colours)[1]
    places = places.astype(np.uint8)
    images = [Image.fromarray(places[np.searchsorted(found, one)]) for one in packed]
    for image in images:
        image.putpalette(palette.tobytes())
    return images


def palette_of(frames: np.ndarray) -> np.ndarray:
    """The 256 colours that suit all frames (m, H, W, 3) together: uint8 (256, 3)."""
    pixels = frames.reshape(-1, 3)[:: -(-frames.size // (3 * PALETTE_PIXELS))]
    chosen = Image.fromarray(pixels[None]).quantize(COLOURS, kmeans=KMEANS)
    return np.array(chosen.getpalette(), np.uint8).reshape(-1, 3)


def write_mp4(path: Path, film: Film) -> None:
    """H.264 in the form that every player takes. Its sides are even, so an edge may be doubled.

    One thread writes it: how x264 shares work among several decides its bytes.
    """
    from av import VideoFrame
    from av import open as open_film

    h, w = film.frames.shape[1:3]
    frames = np.pad(film.frames, ((0, film.pause), (0, h % 2), (0, w % 2), (0, 0)), mode="edge")
    rate = Fraction(100, film.hundredths)
    with open_film(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as file:
        stream = file.add_stream("libx264", rate=rate, options=X264)
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt = "yuv420p"
        stream.thread_count = 1
        for frame in frames:
            file.mux(stream.encode(VideoFrame.from_ndarray(frame, format="rgb24")))
        file.mux(stream.encode())


FORMATS: dict[str, Callable[[Path, Film], None]] = {".gif": write_gif, ".mp4": write_mp4}
"""Formats of films by the suffixes of their files."""


def enlarged(pictures: np.ndarray, times: int) -> np.ndarray:
    """Pictures (..., h, w, c), every pixel a square of ``times`` x ``times`` pixels."""
    return pictures.repeat(times, axis=-3).repeat(times, axis=-2)
