"""Features of several sets of images, each checked under the set's own name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from beyond_blur import finite

if TYPE_CHECKING:
    from beyond_blur.features.extractor import Extractor


def features_of(
    extractor: Extractor, sets: Mapping[str, np.ndarray], batch_size: int
) -> dict[str, np.ndarray]:
    """Features (n, d) of each set of images, uint8 (n, c, h, w), under its name.

    Raises
    ------
    ValueError
        Naming the set: no sets, images that the extractor does not take, features that are not one
        vector for each image, or that are not finite, with the row.
    """
    if not sets:
        raise ValueError("there are no images to take features of")
    found = {}
    for name, images in sets.items():
        try:
            values = extractor(images, batch_size)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error
        if values.shape != (len(images), extractor.dim):
            raise ValueError(
                f"extractor {extractor.name} made features of shape {values.shape} of "
                f"{len(images)} {name}: expected ({len(images)}, {extractor.dim})"
            )
        finite.check(
            values,
            f"features of {name} by extractor {extractor.name}",
            "its weights hold values that are not finite, or too large ones; get them again, or "
            "train the classifier again",
        )
        found[name] = values
    return found
