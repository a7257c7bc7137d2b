"""One photograph of any format, as float32 (c, h, w)."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image

from beyond_blur.data.folder_remarks import remarks_on
from beyond_blur.data.picture_headers import read_header
from beyond_blur.data.picture_values import to_8_bit
from beyond_blur.data.pictures import open_picture, open_stream
from beyond_blur.data.pixels import resize, to_float

SIZES = (8, 1024)
"""Smallest and largest longer side that a photograph is brought to, in pixels."""


def read_photograph(path: str | None, size: int) -> np.ndarray:
    """An image whose longer side is ``size`` pixels: float32 (c, h, w) in [0, 1].

    Antialiased; read by the rule of `beyond_blur.data.picture_values`. Without a path, the
    photograph china.jpg that ships with scikit-learn.

    Raises
    ------
    ValueError
        A file that is missing or no image, or a size out of range.
    """
    if not SIZES[0] <= size <= SIZES[1]:
        low, high = SIZES
        raise ValueError(f"size {size} is outside its range {low} to {high}")
    picture = open_photograph(path)
    factor = size / max(picture.size)
    shape = [max(2, round(side * factor)) for side in picture.size]
    return as_array(picture.resize(shape, Image.Resampling.BICUBIC))


def square_photograph(path: str | None, size: int) -> np.ndarray:
    """The centre square of an image: float32 (c, size, size); see `read_photograph`."""
    return as_array(Image.fromarray(resize(open_photograph(path), size)))


def as_array(picture: Image.Image) -> np.ndarray:
    """A grey or RGB picture as float32 (c, h, w) in [0, 1]."""
    pixels = np.asarray(picture)
    return to_float(np.atleast_3d(pixels).transpose(2, 0, 1))


def open_photograph(path: str | None) -> Image.Image:
    """The picture as it is in the file, in mode L or RGB."""
    if path is None:
        from sklearn.datasets import load_sample_image

        return Image.fromarray(load_sample_image("china.jpg"))
    if not Path(path).is_file():
        raise ValueError(f"{path} is not a file: give an image, or none for a sample photograph")
    with open_picture(path) as image:
        return to_8_bit(image, path)


def open_content(content: BinaryIO) -> Image.Image:
    """The picture in the content of a file, in mode L or RGB."""
    name = "the picture"
    with open_stream(content, name) as image:
        return to_8_bit(image, name)


def notes_on(path: str | None) -> list[str]:
    """What is not as it looks in an image file: several pages, a damaged colour profile."""
    return [] if path is None else list(remarks_on([read_header(path)], None, None))
