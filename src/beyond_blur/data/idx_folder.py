"""MNIST's or Fashion-MNIST's four files in one folder, which find each other by their names.

The two sets have the same names: which one it is, and whether all four are of one, their checksums
tell.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from beyond_blur.config import ConfigError
from beyond_blur.config.published_sets import PUBLISHED
from beyond_blur.data.idx import by_part, read_pair
from beyond_blur.data.known_files import said, set_of
from beyond_blur.data.source import ArraySource
from beyond_blur.storage.opening import shown
from beyond_blur.storage.outputs import checksum_of_file

PARTS = ("train", "t10k")
"""Beginnings of the names: what is trained on, and what the owners hold out."""


def read_idx_folder(folder: Path, *, labelled: bool = True) -> ArraySource:
    """The training images and then the held-out ones of a folder, as far as they are there.

    Raises
    ------
    ConfigError
        One line: no images, files of two sets, or as `beyond_blur.data.idx.read_pair`.
    """
    files = by_part(folder)
    used = [files[part, what] for part in PARTS for what in ("images", "labels")
            if (part, what) in files and (labelled or what == "images")]  # fmt: skip
    name = _set_of_all(folder, used)
    sources = [
        read_pair(files[part, "images"], files.get((part, "labels")) if labelled else None)
        for part in PARTS
        if (part, "images") in files
    ]
    if not sources:
        raise ConfigError(f"{shown(folder)} holds no idx file of images (train-images-idx3-ubyte)")
    labels = [source.labels for source in sources if source.labels is not None]
    whole = len(labels) == len(sources)
    held_out = np.repeat(np.arange(len(sources)) == 1, [len(source) for source in sources])
    classes = PUBLISHED[name].classes if name is not None and whole else None
    words = [said(file, checksum_of_file) for file in used]
    return ArraySource(
        np.concatenate([source.pixels for source in sources]),
        np.concatenate(labels) if whole else None,
        classes or None,
        held_out if len(sources) == len(PARTS) else None,
        tuple(word for word in words if word is not None),
    )


def _set_of_all(folder: Path, files: list[Path]) -> str | None:
    """The set that all files are of, where that is known; files of several are refused."""
    sets = {file: set_of(file, checksum_of_file) for file in files}
    known = sorted({name for name in sets.values() if name is not None})
    if len(known) > 1:
        which = ", ".join(f"{file.name} is of {name}" for file, name in sets.items())
        raise ConfigError(
            f"{shown(folder)} holds files of {' and '.join(known)}, which have equal names "
            f"({which}): give each set a folder of its own"
        )
    return known[0] if known and None not in sets.values() else None
