"""Random views of images: what a network that learns without labels must see through."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

SMALLEST_CROP = 0.5
"""Least share of an image's area that a view shows."""

LARGEST_TURN = 0.25
"""Radians: objects are upright, and stay nearly so."""

LIGHT = 0.2
"""Largest change of a channel's contrast, and of its brightness where images span 2."""


def random_views(images: Tensor, rng: np.random.Generator) -> Tensor:
    """A view of each image: cropped, turned a little, in other light; in colour, mirrored or not.

    Grey images are not mirrored: they may be of digits or letters.

    Parameters
    ----------
    images : tensor, shape (n, c, h, w)
        In [-1, 1].
    rng : numpy.random.Generator
    """
    n, channels = images.shape[:2]
    grid = F.affine_grid(_motions(n, channels == 3, rng), list(images.shape), align_corners=False)
    moved = F.grid_sample(images, grid, padding_mode="reflection", align_corners=False)
    contrast, brightness = rng.uniform(-LIGHT, LIGHT, (2, n, channels, 1, 1)).astype(np.float32)
    return moved * torch.from_numpy(1 + contrast) + torch.from_numpy(brightness)


def _motions(n: int, mirror: bool, rng: np.random.Generator) -> Tensor:
    """Affine maps, float32 (n, 2, 3), from a view's coordinates in [-1, 1] to the image's."""
    side = np.sqrt(rng.uniform(SMALLEST_CROP, 1, n))
    across, down = rng.uniform(-1, 1, (2, n)) * (1 - side)
    angle = rng.uniform(-LARGEST_TURN, LARGEST_TURN, n)
    sign = np.where(rng.random(n) < 0.5, -1, 1) if mirror else np.ones(n)
    cos, sin = side * np.cos(angle), side * np.sin(angle)
    rows = np.array([[sign * cos, -sin, across], [sign * sin, cos, down]], dtype=np.float32)
    return torch.from_numpy(rows).permute(2, 0, 1)
