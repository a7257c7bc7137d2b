"""What every extractor does with its images: checks them and passes them on in batches."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from beyond_blur.progress import shown


def check_images(images: np.ndarray) -> np.ndarray:
    """Return `images` if they are uint8 of shape (n, 1 or 3, h, w), n > 0.

    Raises
    ------
    ValueError
        Otherwise, with what was given.
    """
    images = np.asarray(images)
    if images.ndim != 4 or images.shape[1] not in (1, 3) or images.dtype != np.uint8:
        raise ValueError(
            f"images have shape {images.shape} and type {images.dtype}; they must be uint8 of "
            "shape (n, 1 or 3, h, w)"
        )
    if 0 in images.shape:
        raise ValueError(f"images have shape {images.shape}: the set is empty")
    return np.ascontiguousarray(images)  # torch takes no reversed views


def in_batches(
    network: Callable[[torch.Tensor], torch.Tensor],
    prepare: Callable[[np.ndarray], torch.Tensor],
    images: np.ndarray,
    dim: int,
    batch_size: int,
) -> np.ndarray:
    """Return network(prepare(batch)) of all batches as one float32 array (n, dim).

    Parameters
    ----------
    network : callable
        Tensor (b, c, h, w) to tensor (b, dim), on any device.
    prepare : callable
        uint8 array (b, c, h, w) to the network's input.
    images : uint8 array, shape (n, c, h, w)
    """
    if batch_size < 1:
        raise ValueError(f"batch_size={batch_size}: it must be at least 1")
    images = check_images(images)
    features = np.empty((len(images), dim), dtype=np.float32)
    with torch.inference_mode():
        for start in shown(range(0, len(images), batch_size), f"features of {len(images)} images"):
            batch = slice(start, start + batch_size)
            features[batch] = network(prepare(images[batch])).float().cpu().numpy()
    return features
