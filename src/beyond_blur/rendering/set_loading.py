"""What figures of the data set itself are drawn from, read from files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from beyond_blur.data.pixels import to_float
from beyond_blur.rendering.given import Given
from beyond_blur.storage.atomic import ArtifactError
from beyond_blur.storage.contents import IMAGES, NUMBERS, array_of

SPLITS = ("train", "held_out")

OF_SPLIT = ("images", "left_out", "classes", "mean", "std", "histogram", "spectrum", "repeats")
"""What is known of each split."""


@dataclass(frozen=True)
class Sheet:
    """Some images of a set.

    Attributes
    ----------
    name : str
        Of the set.
    images : float array, shape (n, c, h, w), in [0, 1]
    captions : sequence of str
        The class of each; none where images have no classes.
    of : int
        Images that there are.
    """

    name: str
    images: np.ndarray
    captions: tuple[str, ...]
    of: int


def contact_sheet(given: Given) -> Sheet:
    """The images of a contact sheet, with their classes."""
    path, file = given.files[0], given.artifacts("contact_sheet")[0]
    images = array_of(file.arrays, "images", IMAGES, path)
    captions: tuple[str, ...] = ()
    if "labels" in file.arrays:
        labels = array_of(file.arrays, "labels", NUMBERS, path, len(images)).tolist()
        names = file.manifest.get("classes")
        if names is not None and not max(labels) < len(names):
            raise ArtifactError(f"{path} has labels without a class: delete it and rerun")
        captions = tuple(str(n) if names is None else str(names[n]) for n in labels)
    return Sheet(file.traits["dataset"], to_float(images), captions, int(file.manifest["of"]))


def facts(given: Given) -> dict[str, Any]:
    """The facts of a data set, see `beyond_blur.analysis.set_facts.facts_of`, and its ``name``.

    Raises
    ------
    ArtifactError
        For a file without one of them.
    """
    path, record = given.files[0], given.records("facts")[0]
    splits: dict[str, Any] = record.get("splits") or {}
    lacks = [
        *(name for name in ("shape", "resize", "held_out_in_train") if name not in record),
        *(split for split in SPLITS if split not in splits),
    ]
    lacks = lacks or [key for split in SPLITS for key in OF_SPLIT if key not in splits[split]]
    if lacks:
        raise ArtifactError(f"{path} does not say the {lacks[0]} of a set: delete it and rerun")
    return {**record, "name": record["traits"].get("dataset", "data set")}
