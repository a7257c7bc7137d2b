"""Pixels from bytes to numbers and back, between sizes and between orders of axes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from beyond_blur import finite
from beyond_blur.config import ConfigError

if TYPE_CHECKING:
    from beyond_blur.config.options import Resize


KERNELS: dict[Resize, Image.Resampling] = {
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
    "box": Image.Resampling.BOX,
}
"""Pillow's filters, which all widen with the factor by which an image shrinks."""


CONVERSIONS = (
    (0.0, 1.0, "(images * 255).round().astype('uint8')"),
    (-1.0, 1.0, "((images + 1) * 127.5).round().astype('uint8')"),
    (0.0, 255.0, "images.round().astype('uint8')"),
    (0.0, 65535.0, "(images / 257).round().astype('uint8')"),
)
"""How images of other values, from the first number to the second, become uint8."""


def channels_first(images: np.ndarray) -> np.ndarray:
    """Bring (n, h, w) or (n, h, w, c) to (n, c, h, w); images that already are stay as they are."""
    if images.ndim == 3:
        return images[:, None]
    if images.shape[-1] in (1, 3) and images.shape[1] not in (1, 3):
        return images.transpose(0, 3, 1, 2)
    return images


def as_pixels(array: np.ndarray, path: Path) -> np.ndarray:
    """Check an array that a file holds to be images and bring it to (n, c, h, w).

    Parameters
    ----------
    array : array
        As the file has it.
    path : path
        The file, for the message.

    Returns
    -------
    uint8 array, shape (n, c, h, w), c = 1 or 3

    Raises
    ------
    ConfigError
        For another number format, another shape, no images, or channels that are no colours.
    """
    if array.dtype != np.uint8 or array.ndim not in (3, 4) or 0 in array.shape:
        raise ConfigError(
            f"{path}: images are {array.dtype} of shape {array.shape}; expected uint8 (0 ... 255)"
            f" of shape (n, h, w), (n, h, w, c) or (n, c, h, w){_way_out(array)}"
        )
    pixels = channels_first(array)
    if pixels.shape[1] not in (1, 3):
        raise ConfigError(f"{path}: images have {pixels.shape[1]} channels; 1 or 3 are expected")
    return np.ascontiguousarray(pixels)


def _way_out(array: np.ndarray) -> str:
    """How an array of another kind becomes images; empty where it does not say what it is."""
    if array.dtype == bool:
        return ": save (images * 255).astype('uint8')"
    if array.dtype != np.uint8 and array.dtype.kind in "iuf" and array.size:
        low, high = float(array.min()), float(array.max())
        for lowest, highest, code in CONVERSIONS:
            if low >= lowest and high <= highest:
                return f": save {code} of values from {lowest:g} to {highest:g}"
    if array.ndim == 2 and array.size:
        return ": save images.reshape(n, h, w)"
    return ""


def resize(image: Image.Image, size: int, kernel: Resize = "bicubic") -> np.ndarray:
    """The centre square of an image at the asked size, antialiased."""
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    square = image.crop((left, top, left + side, top + side))
    return np.asarray(square.resize((size, size), KERNELS[kernel]))


def fit_picture(
    pixels: np.ndarray, size: int, channels: int, kernel: Resize = "bicubic"
) -> np.ndarray:
    """One image at the asked size and number of channels.

    Grey becomes colour by repetition; colour becomes grey by the ITU-R 601 luma that Pillow uses.

    Parameters
    ----------
    pixels : uint8 array, shape (h, w, 1 or 3)

    Returns
    -------
    uint8 array, shape (size, size, channels)
    """
    if pixels.shape == (size, size, channels):
        return pixels
    picture = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    fitted = resize(picture.convert("L" if channels == 1 else "RGB"), size, kernel)
    return fitted.reshape(size, size, channels)


def to_float(pixels: np.ndarray) -> np.ndarray:
    """uint8 to float32 in [0, 1]."""
    return pixels.astype(np.float32) / np.float32(255)


def to_uint8(values: np.ndarray) -> np.ndarray:
    """Values in [0, 1] to uint8, clipped and rounded to the nearest (not truncated).

    Raises
    ------
    NotFinite
        For NaN and infinities, which are no grey values.
    """
    finite.check(values, "values of pixels", "NaN is no grey value; the step before failed")
    return np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)
