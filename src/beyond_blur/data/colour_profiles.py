"""Colours in a space of their own (Display P3, Adobe RGB, CMYK), brought to sRGB.

A file says by an embedded ICC profile what its numbers mean. Without one they are sRGB.
"""

from __future__ import annotations

import io
from functools import lru_cache

import numpy as np
from PIL import Image, ImageCms

SPACES = {"L": "GRAY", "RGB": "RGB ", "CMYK": "CMYK"}
"""The kind of profile that belongs to a mode of Pillow, as ICC files name it."""

ALIKE = 2
"""Grey values of 255 by which a profile that is sRGB in other words may differ from it."""

STEPS = 9
"""Values of each channel that a profile is compared at."""


class ProfileError(ValueError):
    """A profile that cannot be used."""


def in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """A picture of mode L, RGB or CMYK whose numbers are those of a profile, in sRGB.

    Returns
    -------
    Image
        Of mode RGB; the picture itself where its profile is sRGB.

    Raises
    ------
    ProfileError
        A profile that is damaged, or not of this mode.
    """
    transform = to_srgb(profile, image.mode)
    return image if transform is None else transform.apply(image)


@lru_cache(maxsize=64)
def to_srgb(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """What brings pixels of a mode to sRGB; None where there is nothing to do.

    Raises
    ------
    ProfileError
        As `in_srgb`.
    """
    try:
        opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        space = opened.profile.xcolor_space
        if space != SPACES.get(mode):
            raise ProfileError(f"it is for {space.strip()} and the pixels are {mode}")
        transform = ImageCms.buildTransform(
            opened,
            ImageCms.createProfile("sRGB"),
            mode,
            "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
        return None if is_srgb(transform, mode) else transform
    except (ImageCms.PyCMSError, OSError, TypeError) as error:
        raise ProfileError("it is damaged") from error


def is_srgb(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    """Whether a transform leaves pixels as they are.

    Compared by what it does: programs give sRGB many names, and none of them binds.
    """
    if mode == "CMYK":
        return False
    steps = np.linspace(0, 255, STEPS).round().astype(np.uint8)
    if mode == "L":
        cube = Image.fromarray(steps[None])
    else:
        grid = np.stack(np.meshgrid(steps, steps, steps), axis=-1)
        cube = Image.fromarray(grid.reshape(STEPS, STEPS**2, 3))
    before = np.asarray(cube.convert("RGB"), np.int16)
    after = np.asarray(transform.apply(cube), np.int16)
    return int(np.abs(after - before).max()) <= ALIKE
