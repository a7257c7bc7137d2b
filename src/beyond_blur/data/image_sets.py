"""Any set of images as one array: a folder, an npz or idx file, or shards of this workflow.

For evaluating what other programs made; the workflow's own datasets are read by `data`.
"""

from __future__ import annotations

import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from beyond_blur.config import IMAGE_SUFFIXES, image_files
from beyond_blur.data import images as numbered
from beyond_blur.data import readers
from beyond_blur.data.images import fit
from beyond_blur.data.pixels import channels_first
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
        gzipped or not; or a safetensors file of images or samples of this workflow.
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
        shards = sorted(path.glob("*.safetensors"))
        images = read_shards(shards) if shards else read_folder(path, size)
    elif path.suffix == ".safetensors":
        images = read_shards([path])
    elif path.suffix == ".npz":
        images = read_npz(path)
    else:
        images = as_images(readers.read_idx(path), path)
    if size is None or images.shape[2:] == (size, size):
        return images
    return fit(numbered.as_images(images, None), size, images.shape[1]).pixels


def read_shards(paths: list[Path]) -> np.ndarray:
    """Images or samples of this workflow's files, joined."""
    file = load_shards(paths, artifacts.read_manifest(paths[0])["kind"])
    return find_images(file.arrays, paths[0])


def read_npz(path: Path) -> np.ndarray:
    """Images of an npz file, whichever of `ARRAYS` they are called."""
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in ARRAYS if name in file}
    except (zipfile.BadZipFile, EOFError, ValueError) as error:
        raise ValueError(f"{path} is truncated or not an npz file of plain arrays") from error
    return find_images(arrays, path)


def find_images(arrays: dict[str, np.ndarray], path: Path) -> np.ndarray:
    """The first of `ARRAYS` that a file holds."""
    for name in ARRAYS:
        if name in arrays:
            return as_images(arrays[name], path)
    raise ValueError(f"{path} holds no images: an array named {', '.join(ARRAYS)} is needed")


def as_images(pixels: np.ndarray, path: Path) -> np.ndarray:
    """Check an array of images and bring it to (n, c, h, w)."""
    if pixels.dtype != np.uint8 or pixels.ndim not in (3, 4) or 0 in pixels.shape:
        raise ValueError(
            f"{path}: images are {pixels.dtype} of shape {pixels.shape}; expected uint8 (0 ... 255)"
            " of shape (n, h, w), (n, h, w, c) or (n, c, h, w)"
        )
    images = channels_first(pixels)
    if images.shape[1] not in (1, 3):
        raise ValueError(f"{path}: images have {images.shape[1]} channels; 1 or 3 are expected")
    return np.ascontiguousarray(images)


def read_folder(path: Path, size: int | None) -> np.ndarray:
    """Every image file below a folder; grey only if all of them are."""
    files = sorted(image_files(path))
    if not files:
        raise ValueError(f"{path} holds no images ({', '.join(IMAGE_SUFFIXES)}) and no shards")
    sizes, modes = zip(*map(look_at, files), strict=True)
    if size is None and len(set(sizes)) > 1:
        found = ", ".join(f"{n} of {w} x {h}" for (w, h), n in Counter(sizes).most_common(3))
        raise ValueError(
            f"{path} holds images of {len(set(sizes))} sizes ({found} pixels): give --size N to "
            "bring all of them to N x N pixels"
        )
    channels = 1 if set(modes) <= {"1", "L", "I", "I;16", "F", "LA"} else 3
    if size is not None:
        return np.stack([readers.read_image(file, size, channels) for file in files])
    return np.stack([decode(file, channels) for file in files])


def look_at(file: Path) -> tuple[tuple[int, int], str]:
    """Width and height of an image file, and its mode, from its header alone."""
    try:
        with Image.open(file) as image:
            return image.size, image.mode
    except (UnidentifiedImageError, OSError) as error:
        raise ValueError(f"{file} cannot be read as an image ({error}): remove it") from error


def decode(file: Path, channels: int) -> np.ndarray:
    """An image file as it is, uint8 of shape (channels, h, w)."""
    try:
        with Image.open(file) as image:
            pixels = np.asarray(image.convert("L" if channels == 1 else "RGB"))
    except OSError as error:
        raise ValueError(f"{file} cannot be read as an image ({error}): remove it") from error
    return pixels.reshape(*pixels.shape[:2], channels).transpose(2, 0, 1)


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
