"""Images side by side in a PNG, and their simplest numbers."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

ENLARGED = 3


def save_grid(path: Path, rows: Iterable[np.ndarray]) -> Path:
    """One row of images (n, c, h, w) in [0, 1] below the other."""
    from PIL import Image

    lines = [np.concatenate(list(row), axis=2) for row in rows if len(row)]
    width = max(line.shape[2] for line in lines)
    lines = [np.pad(line, ((0, 0), (0, 2), (0, width - line.shape[2]))) for line in lines]
    values = (np.concatenate(lines, axis=1).clip(0, 1) * 255).round().astype(np.uint8)
    values = np.repeat(np.repeat(values, ENLARGED, axis=1), ENLARGED, axis=2)
    picture = np.moveaxis(np.broadcast_to(values, (3, *values.shape[1:])), 0, -1)
    Image.fromarray(np.ascontiguousarray(picture)).save(path)
    return path


def describe(images: np.ndarray) -> dict[str, float | bool]:
    """Whether images (n, c, h, w) are numbers, and how bright, contrasty and detailed they are."""
    return {
        "finite": bool(np.isfinite(images).all()), "mean": float(images.mean()),
        "spread": float(images.std()), "mean square of neighbours' differences": float(
            (np.diff(images, axis=-1) ** 2).mean()
        ),
    }  # fmt: skip
