"""Images of a source, decoded by several threads and brought to one size and colour.

Pillow and zlib let other threads work while they decode and resize.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from beyond_blur.config import ConfigError
from beyond_blur.data.pixels import fit_picture

if TYPE_CHECKING:
    from beyond_blur.config.options import Resize
    from beyond_blur.data.source import Source

OF_A_TASK = 16
"""Images that a thread takes at a time: handing out one takes a third of decoding a small one."""

SHOWN = 10
"""Images that cannot be read which a message names; it counts the others."""


def decode_into(
    out: np.ndarray,
    source: Source,
    rows: Sequence[int] | np.ndarray,
    resize: Resize,
    pool: ThreadPoolExecutor,
) -> dict[int, str]:
    """Decode some images of a source into an array that is there.

    Parameters
    ----------
    out : uint8 array, shape (len(rows), c, h, h)
        Filled but where an image cannot be decoded.

    Returns
    -------
    dict
        By the place in ``out``, why an image could not be decoded.
    """
    channels, size = out.shape[1], out.shape[2]

    def some(places: range) -> dict[int, str]:
        errors = {}
        for place in places:
            try:
                fitted = fit_picture(source.read(int(rows[place])), size, channels, resize)
                out[place] = fitted.transpose(2, 0, 1)
            except ConfigError as error:
                errors[place] = str(error)
        return errors

    n = len(rows)
    tasks = [range(start, min(start + OF_A_TASK, n)) for start in range(0, n, OF_A_TASK)]
    return {place: why for errors in pool.map(some, tasks) for place, why in errors.items()}


def unreadable(errors: Sequence[str]) -> ConfigError:
    """The error of images that cannot be decoded: a line each, at most `SHOWN`."""
    lines = [*errors[:SHOWN]]
    if len(errors) > SHOWN:
        lines.append(f"and {len(errors) - SHOWN:,} other images cannot be read")
    if len(errors) > 1:
        lines.append(
            f"{len(errors):,} images cannot be read; dataset.unreadable: skip leaves them out"
        )
    return ConfigError("\n".join(lines))
