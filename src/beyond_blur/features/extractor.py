"""What an extractor is, and the list of those there are."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    import torch

# Name in a config -> module:class; the module is imported when the extractor is built.
EXTRACTORS: dict[str, str] = {
    "inception": "beyond_blur.features.inception:Inception",
    "inception-clean": "beyond_blur.features.inception:CleanInception",
    "classifier": "beyond_blur.features.classifier:Classifier",
    "random": "beyond_blur.features.random_network:RandomNetwork",
    "dinov2": "beyond_blur.features.dinov2:DINOv2",
}


class Extractor(Protocol):
    """A fixed function from images to feature vectors, with what must be told of it.

    Attributes
    ----------
    name : str
        Stands beside every number made from its features.
    weights_sha256 : str
        Hex digest of the weights: of their file, or of the arrays where there is no file.
    resize : str
        How images are brought to the network's size; features of another rule do not compare.
    dim : int
        Dimensions d of a feature vector.
    """

    name: str
    weights_sha256: str
    resize: str
    dim: int

    def __call__(self, images: np.ndarray, batch_size: int = 32) -> np.ndarray:
        """Return the features, float32 (n, dim), of `images`, uint8 (n, c, h, w)."""
        ...


def build_extractor(name: str, **options: Any) -> Extractor:
    """Return the extractor called `name`.

    Parameters
    ----------
    name : str
        One of `EXTRACTORS`.
    **options
        Of the extractor: `device` for all of them ("cpu" or "cuda"); `weights`, a path, for
        Inception and DINOv2; `state`, a dict of arrays, for the classifier; `seed` for the random
        network.

    Raises
    ------
    ValueError
        If there is no such extractor.
    """
    if name not in EXTRACTORS:
        raise ValueError(f"extractor {name!r} is unknown: use one of {', '.join(EXTRACTORS)}")
    extractor = resolve_name(EXTRACTORS[name])
    built: Extractor = extractor(**options)
    return built


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
    import torch

    if batch_size < 1:
        raise ValueError(f"batch_size={batch_size}: it must be at least 1")
    images = check_images(images)
    features = np.empty((len(images), dim), dtype=np.float32)
    with torch.inference_mode():
        for start in range(0, len(images), batch_size):
            batch = slice(start, start + batch_size)
            features[batch] = network(prepare(images[batch])).float().cpu().numpy()
    return features


def sha256_of_file(path: Path) -> str:
    """Return the hex sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
