"""Picture files: which formats are opened, and how many pixels they may have.

Every picture that this project reads is opened here. Pillow knows formats that call other programs
(EPS starts Ghostscript) and goes by the content, not by the name: only the formats below are tried.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from beyond_blur.config import ConfigError
from beyond_blur.data.png_checksums import check_png
from beyond_blur.storage.atomic import atomic
from beyond_blur.storage.foreign import kind_of
from beyond_blur.storage.opening import in_words, open_file, shown

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "WEBP", "PPM", "GIF", "AVIF", "JPEG2000")
"""Pillow's names of the formats that are opened, each read by Pillow itself; PPM is PGM and PBM
too."""


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
        One line that names the file: it cannot be opened, is of no format of `FORMATS`, damaged, or
        has more pixels than Pillow's limit, ``Image.MAX_IMAGE_PIXELS`` = 89,478,485.
    """
    from PIL import Image, UnidentifiedImageError

    with open_file(path) as file:
        try:
            with warnings.catch_warnings():
                # Pillow only warns up to twice its limit. Here there is one limit.
                warnings.simplefilter("error", Image.DecompressionBombWarning)
                image = Image.open(file, formats=FORMATS)
            if decode:
                image.load()
            if decode and image.format == "PNG":
                check_png(file)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise too_large(path, error) from error
        except UnidentifiedImageError as error:
            raise unreadable(path, f"it is {kind_of(path)}, or damaged") from error
        except Exception as error:  # Pillow has no one error for a damaged file
            raise unreadable(path, in_words(error)) from error
        with image:
            yield image


def write_png(path: Path, pixels: np.ndarray) -> None:
    """An image, uint8 (h, w, 1 or 3), as PNG; whole or not at all."""
    from PIL import Image

    with atomic(path) as temporary:
        Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).save(temporary)


def unreadable(path: Path | str, why: str) -> ConfigError:
    """The error of a file that is no picture, or a damaged one."""
    return ConfigError(
        f"{shown(path)} cannot be read as an image ({why}): remove it, or save it again as one of "
        f"{', '.join(FORMATS)}"
    )


def too_large(path: Path | str, error: Exception) -> ConfigError:
    """The error of a picture with too many pixels; Pillow's own names their number first."""
    from PIL import Image

    found, limit = int(re.findall(r"\d+", str(error))[0]), Image.MAX_IMAGE_PIXELS
    return ConfigError(
        f"{shown(path)} has {found:,} pixels, more than the {limit:,} that are decoded: make it "
        "smaller, or remove it"
    )
