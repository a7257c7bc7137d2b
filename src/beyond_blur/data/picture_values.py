"""The one rule from a picture of any kind to 8-bit grey or sRGB, as every verb reads it.

* It is turned the way the camera was held (EXIF).
* 16-bit values are divided by 257. Floating-point and 32-bit values are told by the largest of the
  picture: up to 1 (floating point only) they are times 255, up to 255 as they are, up to 65,535
  divided by 257; whatever else is refused.
* An embedded colour profile (ICC) is converted to sRGB. One that is damaged or not of these pixels
  is passed over, which `beyond_blur.data.picture_headers` says.
* What is transparent shows white.
* Grey stays grey, of which a palette of greys is a case too.
"""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from beyond_blur.data.colour_profiles import ProfileError, in_srgb
from beyond_blur.data.pictures import UnreadablePicture, open_picture, open_stream, unreadable
from beyond_blur.storage.opening import in_words

SIXTEEN_BITS = ("I;16", "I;16B", "I;16L", "I;16N")
"""Pillow's modes of grey values from 0 to 65,535."""

TOLD_BY_VALUES = ("I", "F")
"""Pillow's modes of values whose white only the values tell."""

GREY_MODES = frozenset({"1", "L", "LA", "La", *TOLD_BY_VALUES, *SIXTEEN_BITS})
"""Pillow's modes of pictures without colour."""

BITS_PER_SAMPLE, PHOTOMETRIC = 258, 262
"""Tags of TIFF."""


def read_picture(path: Path | str) -> np.ndarray:
    """A picture file as uint8 of shape (h, w, c), c = 1 or 3.

    Raises
    ------
    ConfigError
        One line that names the file: see `open_picture`, and for values that are no grey values.
    """
    with open_picture(path) as image:
        return pixels_of(image, path)


def decode_picture(content: bytes, name: str) -> np.ndarray:
    """A picture file that is in memory; otherwise as `read_picture`."""
    with open_stream(io.BytesIO(content), name) as image:
        return pixels_of(image, name)


def pixels_of(image: Image.Image, name: Path | str) -> np.ndarray:
    """A picture that is open as uint8 of shape (h, w, c), c = 1 or 3; ``name`` is for messages."""
    pixels = np.asarray(to_8_bit(image, name))
    return pixels.reshape(*pixels.shape[:2], -1)


def to_8_bit(image: Image.Image, name: Path | str) -> Image.Image:
    """A picture that is open in mode L or RGB, by the rule of this file.

    Raises
    ------
    UnreadablePicture
        One line that says ``name``: values that are no grey values, or metadata that cannot be
        read.
    """
    try:
        deep = image.mode in SIXTEEN_BITS or image.mode in TOLD_BY_VALUES
        white = white_of(image) if deep else None
        inverted = image.format == "TIFF" and image.tag_v2.get(PHOTOMETRIC) == 0
        upright = ImageOps.exif_transpose(image)
        if white is None:
            return _flat(upright)
        grey = _scaled(np.asarray(upright), white)
        if inverted and image.mode in SIXTEEN_BITS:  # Pillow inverts those of 8 bits only
            grey = 255 - grey
        transparent = image.info.get("transparency")
        if isinstance(transparent, int):
            grey[np.asarray(upright) == transparent] = 255
        return _in_srgb(Image.fromarray(grey), profile_of(image)).convert("L")
    except UnreadablePicture:
        raise
    except Exception as error:  # Pillow has no one error for damaged metadata
        raise unreadable(name, in_words(error)) from error


def is_grey(image: Image.Image) -> bool:
    """Whether a picture has no colour, by its mode and its palette; nothing is decoded."""
    if image.mode in ("P", "PA") and image.palette is not None:
        # The palette as the file has it, which asking the picture itself would decode.
        empty = Image.new("P", (1, 1))
        empty.putpalette(image.palette)
        colours = np.array(empty.getpalette("RGB"), np.uint8).reshape(-1, 3)
        return bool((colours == colours[:, :1]).all())
    return image.mode in GREY_MODES


def profile_of(image: Image.Image) -> bytes | None:
    """The embedded colour profile; none of Lab, whose numbers need none."""
    return None if image.mode == "LAB" else image.info.get("icc_profile")


def white_of(image: Image.Image) -> float:
    """What white is among a picture's values of more than 8 bits.

    Raises
    ------
    ValueError
        Where the values do not tell.
    """
    if image.mode in SIXTEEN_BITS:
        bits = image.tag_v2.get(BITS_PER_SAMPLE) if image.format == "TIFF" else None
        return 4095.0 if bits == (12,) else 65_535.0
    values = np.asarray(image)
    if not np.isfinite(values).all():
        raise ValueError("its values are not all numbers: save it as 8 or 16 bits")
    low, high = values.min(), values.max()
    if low < 0 or high > 65_535:
        raise ValueError(
            f"its values are {low:g} to {high:g}, and none says which is white: save it as 8 or "
            "16 bits, or as floating point from 0 to 1"
        )
    if image.format == "PPM" and image.mode == "I":
        return 65_535.0  # Pillow has stretched them by the white that the file states
    whites = (1.0, 255.0, 65_535.0) if image.mode == "F" else (255.0, 65_535.0)
    return next(white for white in whites if high <= white)


def _scaled(values: np.ndarray, white: float) -> np.ndarray:
    """Values from 0 to white as uint8, rounded to the nearest."""
    return np.rint(values.astype(np.float32) / np.float32(white / 255)).astype(np.uint8)


def _flat(image: Image.Image) -> Image.Image:
    """A picture of 8 bits a channel as L or RGB in sRGB, on white where it is transparent."""
    mode = "L" if is_grey(image) else "RGB"
    profile, alpha = profile_of(image), None
    if image.has_transparency_data:
        image = image.convert("RGBA")
        alpha = image.getchannel("A")
    if image.mode != "CMYK":
        image = image.convert(mode)
    image = _in_srgb(image, profile).convert(mode)
    if alpha is None:
        return image
    paper = Image.new(mode, image.size, "white")
    paper.paste(image, mask=alpha)
    return paper


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """A picture in sRGB, or as it is where it has no profile that can be used."""
    if profile:
        with contextlib.suppress(ProfileError):
            return in_srgb(image, profile)
    return image
