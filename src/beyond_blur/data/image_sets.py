"""Any set of images as one array: a folder, an npz or idx file, or shards of this workflow.

For evaluating what other programs made; the files of a configured dataset are read by `readers`.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from beyond_blur.data import set_remarks
from beyond_blur.data.folder import IMAGE_SUFFIXES, image_files, read_folder, read_pictures
from beyond_blur.data.idx import read_idx
from beyond_blur.data.images import as_images, fit
from beyond_blur.data.npz_file import open_npz
from beyond_blur.data.pixels import as_pixels
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
    path = Path(path)
    if not path.exists():
        raise ValueError(f"{path} does not exist")
    if path.is_dir():
        images = read_any_folder(path, size)
    elif path.suffix == ".safetensors":
        images = read_shards([path])
    elif path.suffix == ".npz":
        images = read_any_npz(path)
    elif path.suffix.lower() in IMAGE_SUFFIXES:
        images = read_pictures(path.parent, [path], size).pixels
    else:
        images = as_pixels(read_idx(path), path)
    if size is None or images.shape[2:] == (size, size):
        return images
    return fit(as_images(images, None), size, images.shape[1]).pixels


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


def read_any_folder(path: Path, size: int | None) -> np.ndarray:
    """Shards where a folder holds any, else every image file below it."""
    shards = sorted(path.glob("*.safetensors"))
    if shards:
        return read_shards(shards)
    if next(image_files(path), None) is None:
        raise ValueError(f"{path} holds no images ({', '.join(IMAGE_SUFFIXES)}) and no shards")
    return read_folder(path, size).pixels


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
        What was done to them, what they have in common, what repeats in them, and whether one of
        them alone was compressed with loss.

    Raises
    ------
    ValueError
        As `read_images` and `alike`, and for too few images.
    """
    sets = []
    for path in paths:
        images = read_images(path, size)
        if len(images) < nearest_k + 2:
            raise ValueError(
                f"{path} holds {len(images)} images: --nearest-k {nearest_k} needs at least "
                f"{nearest_k + 2}"
            )
        sets.append(images)
    images, reference, remarks = alike(sets[0], sets[1], paths)
    found = set_remarks.remarks_on(images, reference, paths)
    lossy = set_remarks.compression(paths)
    return images, reference, [*remarks, *set_remarks.resizing(size), *found, *lossy]


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
