"""Frames as GIF or MP4."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from beyond_blur.progress import shown
from beyond_blur.storage.atomic import atomic

FRAMES_PER_SECOND = 20


HOLD = 15
"""Frames for which an animation stays at its end."""


def write_animation(path: str, frames: np.ndarray) -> None:
    """Frames uint8 (m, H, W, 3) as a GIF that loops, or as an MP4."""
    held = np.concatenate([frames, np.repeat(frames[-1:], HOLD, axis=0)])
    write = write_mp4 if Path(path).suffix.lower() == ".mp4" else write_gif
    with atomic(path) as temporary:
        write(temporary, held)


def write_gif(path: Path, frames: np.ndarray) -> None:
    """Each frame with the 256 colours that suit it; undithered, which would flicker."""
    first, *others = (
        Image.fromarray(frame).quantize(256, dither=Image.Dither.NONE)
        for frame in shown(frames, "frames")
    )
    first.save(
        path, save_all=True, append_images=others, loop=0, duration=1000 // FRAMES_PER_SECOND
    )


def write_mp4(path: Path, frames: np.ndarray) -> None:
    """One video frame for each frame; sides are rounded to the even numbers that H.264 wants."""
    from matplotlib.animation import FFMpegWriter
    from matplotlib.figure import Figure

    h, w = frames.shape[1:3]
    figure = Figure(figsize=(w / 100, h / 100), dpi=100)
    figure.set_layout_engine("none")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    image = axes.imshow(frames[0], interpolation="nearest", aspect="auto")
    writer = FFMpegWriter(fps=FRAMES_PER_SECOND, extra_args=["-loglevel", "error"])
    with writer.saving(figure, str(path), dpi=100):
        for frame in shown(frames, "frames"):
            image.set_data(frame)
            writer.grab_frame()
