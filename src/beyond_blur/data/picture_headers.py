"""What the headers of picture files say: their sizes, and whatever is not as it looks.

All headers are read before any picture is decoded, so that a set is refused in its first seconds
and every file that cannot be read is named at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from PIL import Image

from beyond_blur.config import ConfigError
from beyond_blur.data.colour_profiles import ProfileError, to_srgb
from beyond_blur.data.picture_values import TOLD_BY_VALUES, is_grey, profile_of
from beyond_blur.data.pictures import UnreadablePicture, open_picture, unreadable
from beyond_blur.storage.opening import in_words, shown

THREADS = 4
"""Files opened at a time: it helps where the disk is slow, and only there."""

ORIENTATION = 0x112
"""Tag of EXIF: how the camera was held."""

QUARTER_TURNS = (5, 6, 7, 8)
"""Its values that exchange height and width."""

PNG_METADATA = ("exif", "Raw profile type exif", "xmp", "XML:com.adobe.xmp")
"""Where a PNG may have EXIF; asking it otherwise would decode the picture."""


@dataclass(frozen=True)
class Header:
    """What a picture file says of itself.

    Attributes
    ----------
    size : (int, int)
        Width and height after the turn that EXIF asks for.
    grey : bool
        Whether it has no colour.
    several : bool
        Whether it holds more than one picture: pages, frames.
    told_by_values : bool
        Whether it holds floating-point or 32-bit values.
    profile : str
        Why its colour profile is passed over; empty where there is none or it is used.
    """

    size: tuple[int, int]
    grey: bool
    several: bool = False
    told_by_values: bool = False
    profile: str = ""


def read_header(path: Path | str) -> Header:
    """What a picture file says of itself; its pixels are not decoded.

    Raises
    ------
    ConfigError
        One line that names the file, see `open_picture`.
    """
    with open_picture(path, decode=False) as image:
        try:
            return header_of(image)
        except Exception as error:  # Pillow has no one error for damaged metadata
            raise unreadable(path, in_words(error)) from error


def header_of(image: Image.Image) -> Header:
    """What a picture that is open says of itself."""
    width, height = image.size
    return Header(
        (height, width) if is_turned(image) else (width, height),
        is_grey(image),
        bool(getattr(image, "is_animated", False)),
        image.mode in TOLD_BY_VALUES and image.format != "PPM",
        profile_problem(image),
    )


def is_turned(image: Image.Image) -> bool:
    """Whether height and width change places where the picture is turned as EXIF says."""
    if image.format == "TIFF" or (
        image.format == "PNG" and not any(key in image.info for key in PNG_METADATA)
    ):
        return False  # the size of a TIFF is that after the turn already
    return image.getexif().get(ORIENTATION) in QUARTER_TURNS


def profile_problem(image: Image.Image) -> str:
    """Why a picture's colour profile cannot be used; empty where it can, or there is none."""
    profile = profile_of(image)
    if not profile:
        return ""
    mode = "L" if is_grey(image) else "CMYK" if image.mode == "CMYK" else "RGB"
    try:
        to_srgb(profile, mode)
    except ProfileError as error:
        return str(error)
    return ""


def read_headers(
    pictures: Sequence[Any], read: Callable[[Any], Header] = read_header
) -> tuple[dict[int, Header], list[tuple[int, str]]]:
    """The headers of many pictures, read in parallel.

    Parameters
    ----------
    pictures : sequence
        Paths, or whatever ``read`` takes.
    read : function
        From one of them to its header, see `read_header`.

    Returns
    -------
    headers : dict of int to Header
        By the number of the picture; those that cannot be read are missing.
    unreadable : list of (int, str)
        The numbers of all that cannot be read, and why.
    """
    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(partial(_header_or_why, read), pictures))
    headers = {row: one for row, one in enumerate(found) if isinstance(one, Header)}
    refused = [(row, one) for row, one in enumerate(found) if isinstance(one, str)]
    return headers, refused


def _header_or_why(read: Callable[[Any], Header], picture: Any) -> Header | str:
    try:
        return read(picture)
    except UnreadablePicture as error:
        return error.why
    except ConfigError as error:  # the system's refusal, with the path in front
        return str(error).removeprefix(shown(picture)).removeprefix(" cannot be read: ").strip()
