"""Any set of images, opened: what it is follows from what lies at its path.

For evaluating and starting from what other programs made; the files of a configured dataset are
opened by `readers`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from beyond_blur.config import ConfigError, Dataset
from beyond_blur.config.options import DatasetKind
from beyond_blur.data.folder import FolderSource, open_folder
from beyond_blur.data.folder_layout import Layout, counted
from beyond_blur.data.folder_remarks import remarks_on, without_images
from beyond_blur.data.idx import read_idx
from beyond_blur.data.listing import Listing, list_folder
from beyond_blur.data.npz import read_npz
from beyond_blur.data.npz_file import ARRAYS
from beyond_blur.data.packed import PackedSource
from beyond_blur.data.picture_headers import read_header
from beyond_blur.data.pictures import SUFFIXES, begins_as_picture
from beyond_blur.data.pixels import as_pixels
from beyond_blur.data.readable_pictures import Asked
from beyond_blur.data.readers import READERS
from beyond_blur.data.recognition import recognise
from beyond_blur.data.source import ArraySource, Source
from beyond_blur.storage import artifacts
from beyond_blur.storage.opening import shown
from beyond_blur.storage.shards import load_shards

SMALLEST = 4
"""Pixels of the smallest image that a dataset may have: none is said to be enlarged to that."""


def open_set(path: Path | str, size: int | None = None) -> Source:
    """The images of a set, listed: what `read_images` decodes.

    Raises
    ------
    ValueError
        As `read_images`, but for pictures that only decoding shows to be damaged.
    """
    path = Path(path)
    if not path.exists():
        raise ValueError(f"{path} does not exist")
    if path.suffix == ".safetensors":
        return ArraySource(read_shards([path]))
    if path.is_file() and is_picture(path):
        header = read_header(path)
        return FolderSource([path], [header.size], remarks=[*remarks_on([header], size, None)])
    found = recognise(path)
    if found.kind == "npz" or (path.suffix == ".npz" and path.is_file()):
        return read_npz(path, labelled=False)
    if found.kind == "folder":
        return open_any_folder(path, size)
    if found.kind in READERS and not (found.kind == "idx" and path.is_file()):
        return open_published(path, found.kind, size)
    if found.kind is None and found.way_out:
        raise ConfigError(f"{shown(path)} is {found.words}: {found.way_out}")
    return ArraySource(as_pixels(read_idx(path), path))


def open_published(path: Path, kind: DatasetKind, size: int | None) -> Source:
    """A set in the files that its owners publish, whole."""
    asked = Dataset(kind=kind, path=str(path), labels="none", channels=3, size=size or SMALLEST)
    reader = READERS[kind]
    source = reader.open(asked)
    if isinstance(source, PackedSource) and size is None:
        check_one_size(path, source.sizes)
    return source


def is_picture(path: Path) -> bool:
    """Whether a file is a picture by its name, or by its content where the name says nothing."""
    return path.suffix.lower() in SUFFIXES or begins_as_picture(path)


def read_shards(paths: list[Path]) -> np.ndarray:
    """Images or samples of this workflow's files, joined."""
    file = load_shards(paths, artifacts.read_manifest(paths[0])["kind"])
    return find_images(file.arrays, paths[0])


def find_images(arrays: dict[str, np.ndarray], path: Path) -> np.ndarray:
    """The first of `ARRAYS` that a file holds."""
    for name in ARRAYS:
        if name in arrays:
            return as_pixels(arrays[name], path)
    raise ValueError(
        f"{path} holds no images: an array named {', '.join(ARRAYS)} is needed, not "
        f"{sorted(arrays)}"
    )


def open_any_folder(path: Path, size: int | None) -> Source:
    """Shards where a folder holds any, else every picture below it.

    Samples that are drawn by hand are shards with their own pictures beside them.

    Raises
    ------
    ValueError
        None of them, or pictures of several sizes without ``size``.
    """
    shards, listing = sorted(path.glob("*.safetensors")), list_folder(path)
    if shards:
        return ArraySource(read_shards(shards), remarks=beside_shards(path, shards, listing))
    if not listing.names:
        raise ValueError(f"{without_images(listing)}, and no shards")
    source = open_folder(listing, Layout(listing.names), Asked(size=size))
    if size is None:
        check_one_size(path, source.sizes)
    return source


def beside_shards(path: Path, shards: list[Path], listing: Listing) -> list[str]:
    """That pictures lie beside shards and are not read; nothing where there are none."""
    if not listing.names:
        return []
    return [
        f"{path} holds {counted(len(shards), 'file')} of this workflow's images and "
        f"{counted(len(listing.names), 'picture')}: the former are read, and no picture; to read "
        "the pictures, give a folder without .safetensors files"
    ]


def check_one_size(path: Path, sizes: Sequence[tuple[int, int]]) -> None:
    """Refuse images of several sizes (width, height)."""
    if len(set(sizes)) > 1:
        found = ", ".join(f"{n} of {w} x {h}" for (w, h), n in Counter(sizes).most_common(3))
        raise ValueError(
            f"{path} holds images of {len(set(sizes))} sizes ({found} pixels): give --size N to "
            "bring all of them to N x N pixels"
        )
