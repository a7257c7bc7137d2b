"""Pixels from bytes to numbers and back, between sizes and between orders of axes."""

from __future__ import annotations

import numpy as np
from PIL import Image


def channels_first(images: np.ndarray) -> np.ndarray:
    """Bring (n, h, w) or (n, h, w, c) to (n, c, h, w); images that already are stay as they are."""
    if images.ndim == 3:
        return images[:, None]
    if images.shape[-1] in (1, 3) and images.shape[1] not in (1, 3):
        return images.transpose(0, 3, 1, 2)
    return images


def resize(image: Image.Image, size: int) -> np.ndarray:
    """The centre square of an image at the asked size, by antialiased bicubic interpolation."""
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    square = image.crop((left, top, left + side, top + side))
    return np.asarray(square.resize((size, size), Image.Resampling.BICUBIC))


def to_float(pixels: np.ndarray) -> np.ndarray:
    """uint8 to float32 in [0, 1]."""
    return pixels.astype(np.float32) / np.float32(255)


def to_uint8(values: np.ndarray) -> np.ndarray:
    """Values in [0, 1] to uint8, clipped and rounded to the nearest (not truncated)."""
    return np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)
