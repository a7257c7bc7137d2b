"""Picture files: which formats are opened, and how many pixels they may have.

Every picture that this project reads is opened here. Pillow knows formats that call other programs
(EPS starts Ghostscript) and goes by the content, not by the name: only the formats below are tried.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from beyond_blur.config import ConfigError
from beyond_blur.data.png_checksums import check_png
from beyond_blur.storage.atomic import atomic
from beyond_blur.storage.foreign import HEAD, kind_of_bytes
from beyond_blur.storage.opening import in_words, open_file, shown

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "WEBP", "PPM", "GIF", "AVIF", "JPEG2000")
"""Pillow's names of the formats that are opened, each read by Pillow itself; PPM is PGM and PBM
too."""

SUFFIXES = (
    *(".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".bmp", ".tif", ".tiff", ".webp"),
    *(".ppm", ".pgm", ".pbm", ".pnm", ".pfm", ".gif", ".avif", ".avifs"),
    *(".jp2", ".j2k", ".j2c", ".jpc", ".jpf", ".jpx"),
)
"""How files of these formats are called. A list of its own: it is asked for without Pillow."""


BEGINNINGS = re.compile(
    rb"\x89PNG|\xff\xd8\xff|GIF8|II[*+]\0|MM\0[*+]|RIFF.{4}WEBP|BM.{4}\0{4}|P[1-6]\s|P[Ff]\s"
    rb"|.{4}ftypavi[fs]|\0{3}\x0cjP  |\xff\x4f\xff\x51",
    re.DOTALL,
)
"""How they begin."""


def begins_as_picture(path: Path | str) -> bool:
    """Whether a file begins as a picture of one of `FORMATS`; nothing is decoded."""
    try:
        with open_file(path) as file:
            return BEGINNINGS.match(file.read(16)) is not None
    except ConfigError:
        return False


class UnreadablePicture(ConfigError):
    """A file that is no picture, or one that is not decoded.

    Attributes
    ----------
    why : str
        What is wrong with it, without its name: for a list of several.
    """

    def __init__(self, message: str, why: str) -> None:
        super().__init__(message)
        self.why = why


@contextmanager
def open_picture(path: Path | str, *, decode: bool = True) -> Iterator[Image.Image]:
    """A picture file, opened; its pixels as they are in the file.

    Parameters
    ----------
    path : path
    decode : bool
        Whether the pixels are decoded; without it only the header has been read, and size and mode
        are known.

    Raises
    ------
    ConfigError
        One line that names the file: it cannot be opened, or as `open_stream`.
    """
    with open_file(path) as file, open_stream(file, path, decode=decode) as image:
        yield image


@contextmanager
def open_stream(file: BinaryIO, name: Path | str, *, decode: bool = True) -> Iterator[Image.Image]:
    """A picture in a binary file that is open, or in memory; otherwise as `open_picture`.

    Raises
    ------
    UnreadablePicture
        One line that says ``name``: of no format of `FORMATS`, damaged, or with more pixels than
        Pillow's limit, ``Image.MAX_IMAGE_PIXELS`` = 89,478,485.
    """
    from PIL import Image, UnidentifiedImageError

    _ignore_warnings()
    try:
        image = Image.open(file, formats=FORMATS)
        # Pillow only warns up to twice its limit. Here there is one limit.
        if (n_pixels := image.width * image.height) > (Image.MAX_IMAGE_PIXELS or n_pixels):
            raise Image.DecompressionBombError(f"{n_pixels} pixels")
        if decode:
            image.load()
        if decode and image.format == "PNG":
            check_png(file)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise too_large(name, error) from error
    except UnidentifiedImageError as error:
        file.seek(0)
        raise unreadable(name, f"it is {kind_of_bytes(file.read(HEAD))}, or damaged") from error
    except Exception as error:  # Pillow has no one error for a damaged file
        raise unreadable(name, in_words(error)) from error
    with image:
        yield image


@cache
def _ignore_warnings() -> None:
    """Leave Pillow's warning of large pictures unsaid: `open_stream` refuses them.

    Once for the process: to set and reset it for each picture would be no matter of one thread.
    """
    from PIL import Image

    warnings.simplefilter("ignore", Image.DecompressionBombWarning)


def write_png(path: Path, pixels: np.ndarray) -> None:
    """An image, uint8 (h, w, 1 or 3), as PNG; whole or not at all."""
    from PIL import Image

    with atomic(path) as temporary:
        Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).save(temporary)


def unreadable(name: Path | str, why: str) -> UnreadablePicture:
    """The error of a file that is no picture, or a damaged one."""
    return UnreadablePicture(
        f"{shown(name)} cannot be read as an image ({why}): remove it, or save it again as one of "
        f"{', '.join(FORMATS)}",
        why,
    )


def too_large(name: Path | str, error: Exception) -> UnreadablePicture:
    """The error of a picture with too many pixels; Pillow's own names their number first."""
    from PIL import Image

    found, limit = int(re.findall(r"\d+", str(error))[0]), Image.MAX_IMAGE_PIXELS
    why = f"has {found:,} pixels, more than the {limit:,} that are decoded"
    message = f"{shown(name)} {why}: make it smaller, or remove it"
    return UnreadablePicture(message, f"it {why}")
