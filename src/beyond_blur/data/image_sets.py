"""Any set of images as one array, and two of them made alike.

For evaluating what other programs made; the files of a configured dataset are read by `readers`.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from beyond_blur.data import set_remarks
from beyond_blur.data.pixels import fit_picture
from beyond_blur.data.set_opening import open_set
from beyond_blur.data.source import ArraySource, Source
from beyond_blur.threads import available_threads


def read_images(path: Path | str, size: int | None = None) -> np.ndarray:
    """Read every image of a set.

    Parameters
    ----------
    path : path
        A folder of image files (subfolders included) or of shards; an npz file; an idx file,
        gzipped or not; a safetensors file of images or samples of this workflow; one picture; or
        whatever else a dataset may be: an archive of pictures, CIFAR-10, an LMDB, Parquet files.
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

    with ThreadPoolExecutor(available_threads()) as pool:
        images = list(pool.map(fitted, range(len(source))))
    channels = max(image.shape[2] for image in images)
    stacked = np.empty((len(images), channels, *images[0].shape[:2]), np.uint8)
    for row, image in enumerate(images):
        stacked[row] = image.transpose(2, 0, 1)  # one channel of grey is repeated in three
    return stacked


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
        contents += [*source.remarks, *whole(source, path)]
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


def whole(source: Source, path: str) -> list[str]:
    """That what the owners hold out is measured too; nothing where they hold out nothing."""
    if source.held_out is None:
        return []
    n = int(source.held_out.sum())
    return [f"{path}: {n:,} of the {len(source):,} images are the owners' held-out ones, read too"]


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
