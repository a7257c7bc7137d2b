"""Any set of images as one array: a folder, an npz or idx file, or shards of this workflow.

For evaluating what other programs made; the files of a configured dataset are read by `readers`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from beyond_blur.data import set_remarks
from beyond_blur.data.folder import FolderSource, open_folder
from beyond_blur.data.folder_remarks import counted, remarks_on, without_images
from beyond_blur.data.idx import read_idx
from beyond_blur.data.listing import Listing, list_folder
from beyond_blur.data.npz_file import open_npz
from beyond_blur.data.picture_headers import read_header
from beyond_blur.data.pictures import SUFFIXES, begins_as_picture
from beyond_blur.data.pixels import as_pixels, fit_picture
from beyond_blur.data.source import ArraySource, Source
from beyond_blur.storage import artifacts
from beyond_blur.storage.shards import load_shards

ARRAYS = ("images", "samples", "arr_0")
"""Names under which images are looked for in a file; arr_0 is what ``np.savez`` calls them."""


def read_images(path: Path | str, size: int | None = None) -> np.ndarray:
    """Read every image of a set.

    Parameters
    ----------
    path : path
        A folder of image files (subfolders included) or of shards; an npz file; an idx file,
        gzipped or not; a safetensors file of images or samples of this workflow; or one picture.
    size : int, optional
        Height and width to bring the images to: the centre square, by antialiased bicubic
        interpolation. Without it all images must share one size.

    Returns
    -------
    uint8 array, shape (n, c, h, w), c = 1 or 3
        In the order of the paths, or of the file. A set with one colour image is all colour.

    Raises
    ------
    ValueError
        Files that are missing or unreadable, no images, or images of several sizes without
        ``size``.
    """
    return pixels_of(open_set(path, size), size)


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
    if path.is_dir():
        return open_any_folder(path, size)
    if path.suffix == ".safetensors":
        return ArraySource(read_shards([path]))
    if path.suffix == ".npz":
        return ArraySource(read_any_npz(path))
    if is_picture(path):
        header = read_header(path)
        return FolderSource([path], [header.size], remarks=[*remarks_on([header], size, None)])
    return ArraySource(as_pixels(read_idx(path), path))


def is_picture(path: Path) -> bool:
    """Whether a file is a picture by its name, or by its content where the name says nothing."""
    return path.suffix.lower() in SUFFIXES or begins_as_picture(path)


def pixels_of(source: Source, size: int | None) -> np.ndarray:
    """Every image of a source; ``size`` as in `read_images`.

    Returns
    -------
    uint8 array, shape (n, c, h, w), c = 1 or 3
    """
    if isinstance(source, ArraySource) and (size is None or source.pixels.shape[2:] == (size,) * 2):
        return source.pixels

    def fitted(row: int) -> np.ndarray:
        pixels = source.read(row)
        return pixels if size is None else fit_picture(pixels, size, pixels.shape[2])

    with ThreadPoolExecutor() as pool:
        images = list(pool.map(fitted, range(len(source))))
    channels = max(image.shape[2] for image in images)
    stacked = np.empty((len(images), channels, *images[0].shape[:2]), np.uint8)
    for row, image in enumerate(images):
        stacked[row] = image.transpose(2, 0, 1)  # one channel of grey is repeated in three
    return stacked


def read_shards(paths: list[Path]) -> np.ndarray:
    """Images or samples of this workflow's files, joined."""
    file = load_shards(paths, artifacts.read_manifest(paths[0])["kind"])
    return find_images(file.arrays, paths[0])


def read_any_npz(path: Path) -> np.ndarray:
    """Images of an npz file, whichever of `ARRAYS` they are called."""
    with open_npz(path) as file:
        for name in ARRAYS:
            if name in file:
                return as_pixels(file.read(name), path)
        raise no_images(path, file.listing())


def find_images(arrays: dict[str, np.ndarray], path: Path) -> np.ndarray:
    """The first of `ARRAYS` that a file holds."""
    for name in ARRAYS:
        if name in arrays:
            return as_pixels(arrays[name], path)
    raise no_images(path, str(sorted(arrays)))


def no_images(path: Path, listing: str) -> ValueError:
    """The error of a file that has its images under another name, or none."""
    needed = ", ".join(ARRAYS)
    return ValueError(f"{path} holds no images: an array named {needed} is needed, not {listing}")


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
    source = open_folder(path, labelled=False, size=size)
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


def read_pair(
    paths: tuple[str, str], size: int | None, nearest_k: int
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Two sets that can be measured against each other.

    Parameters
    ----------
    paths : (images, reference)
        As `read_images` takes them.
    size : int, optional
        As `read_images` takes it.
    nearest_k : int
        Neighbours of the metrics; each set needs two images more.

    Returns
    -------
    images, reference : uint8 arrays
        As `alike` returns them.
    remarks : list of str
        What was found and left out, what was done to them, what they have in common, what repeats
        in them, and whether one of them alone was compressed with loss.

    Raises
    ------
    ValueError
        As `read_images` and `alike`, and for too few images.
    """
    sets, contents = [], list[str]()
    for path in paths:
        source = open_set(path, size)
        images = pixels_of(source, size)
        contents += source.remarks
        if len(images) < nearest_k + 2:
            raise ValueError(
                f"{path} holds {len(images)} images: --nearest-k {nearest_k} needs at least "
                f"{nearest_k + 2}"
            )
        sets.append(images)
    images, reference, remarks = alike(sets[0], sets[1], paths)
    found = set_remarks.remarks_on(images, reference, paths)
    lossy = set_remarks.compression(paths)
    done = set_remarks.resizing(size)
    return images, reference, [*contents, *remarks, *done, *found, *lossy]


def alike(
    images: np.ndarray, reference: np.ndarray, names: tuple[str, str]
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Bring two sets to the same number of channels, and say so; their sizes must agree.

    Returns
    -------
    images, reference : uint8 arrays of shape (n, c, h, w) with the same c, h and w
    remarks : list of str
        What was done to them.

    Raises
    ------
    ValueError
        Where their heights or widths differ.
    """
    if images.shape[2:] != reference.shape[2:]:
        shapes = [" x ".join(map(str, a.shape[2:])) for a in (images, reference)]
        raise ValueError(
            f"{names[0]} has images of {shapes[0]} pixels and {names[1]} of {shapes[1]}: give "
            "--size N to bring both to N x N pixels"
        )
    channels = [images.shape[1], reference.shape[1]]
    if channels[0] == channels[1]:
        return images, reference, []
    grey = names[channels.index(1)]
    sets = [np.repeat(a, 3, axis=1) if a.shape[1] == 1 else a for a in (images, reference)]
    return sets[0], sets[1], [f"{grey} is grey and the other set colour: grey was repeated"]
