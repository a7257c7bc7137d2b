"""One reader for each kind of dataset: files to the images they hold."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from beyond_blur.config import ConfigError, Dataset, image_files
from beyond_blur.data.images import Images, as_images, fit
from beyond_blur.data.pixels import channels_first, resize


def read_digits() -> Images:
    """The 1,797 handwritten digits that ship with scikit-learn, 8 x 8 grey, as uint8."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    pixels = np.rint(digits.images * (255 / 16)).astype(np.uint8)
    return as_images(pixels[:, None], digits.target)


def read_idx(path: Path) -> np.ndarray:
    """Read an idx file, the format of MNIST and Fashion-MNIST, gzipped or not.

    Returns
    -------
    uint8 array, of the shape that the file's header states

    Raises
    ------
    ConfigError
        Not an idx file of bytes, or one that ends early.
    """
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rb") as file:
            content = file.read()
    except (EOFError, gzip.BadGzipFile) as error:
        raise ConfigError(f"{path} is truncated or not gzip: download it again") from error
    if len(content) < 4 or content[:3] != b"\x00\x00\x08":
        raise ConfigError(f"{path} is not an idx file of bytes (its first bytes are not 00 00 08)")
    n_axes = content[3]
    shape = tuple(np.frombuffer(content, ">u4", n_axes, 4).tolist())
    values = np.frombuffer(content, np.uint8, offset=4 + 4 * n_axes)
    if values.size != int(np.prod(shape)):
        raise ConfigError(f"{path} says {shape} but holds {values.size} values: it is truncated")
    return values.reshape(shape)


def read_npz(path: Path) -> Images:
    """Read an npz file with ``images`` (uint8; nhw, nhwc or nchw) and maybe ``labels``."""
    try:
        with np.load(path, allow_pickle=False) as file:
            if "images" not in file:
                raise ConfigError(f"{path} holds {sorted(file)}: an array named images is needed")
            images, labels = file["images"], file.get("labels")
    except (zipfile.BadZipFile, ValueError, EOFError) as error:
        if isinstance(error, ConfigError):
            raise
        raise ConfigError(f"{path} is truncated or not an npz file of plain arrays") from error
    if images.dtype != np.uint8 or images.ndim not in (3, 4):
        raise ConfigError(
            f"{path}: images are {images.dtype} of shape {images.shape}; "
            "expected uint8 of shape (n, h, w), (n, h, w, c) or (n, c, h, w)"
        )
    return as_images(channels_first(images), labels)


def read_folder(path: Path, size: int, channels: int) -> Images:
    """Read every image below a folder: centre square, antialiased resize; folders are labels.

    Images are taken in the order of their paths. Where they lie in subfolders, the subfolder is the
    label, numbered in alphabetical order.
    """
    files = sorted(image_files(path))
    if not files:
        raise ConfigError(f"dataset.path = {path} holds no images")
    pixels = np.stack([read_image(file, size, channels) for file in files])
    folders = [file.relative_to(path).parts[0] for file in files]
    if any(file.parent == path for file in files):
        return as_images(pixels, None)
    names = sorted(set(folders))
    return as_images(pixels, np.array([names.index(folder) for folder in folders]))


def read_image(path: Path, size: int, channels: int) -> np.ndarray:
    """One image file as uint8 of shape (channels, size, size)."""
    try:
        with Image.open(path) as image:
            rgb = image.convert("L" if channels == 1 else "RGB")
    except (UnidentifiedImageError, OSError) as error:
        raise ConfigError(f"{path} cannot be read as an image ({error}): remove it") from error
    return resize(rgb, size).reshape(size, size, channels).transpose(2, 0, 1)


def read_source(spec: Dataset, path: str | None, labels_path: str | None) -> Images:
    """Read the images at ``path`` by the dataset's kind, at its size and channels."""
    if spec.kind == "digits":
        return fit(read_digits(), spec.size, spec.channels)
    assert path is not None, "config.check refuses a dataset without a path"
    if spec.kind == "folder":
        return read_folder(Path(path), spec.size, spec.channels)
    if spec.kind == "npz":
        return fit(read_npz(Path(path)), spec.size, spec.channels)
    pixels = read_idx(Path(path))
    if pixels.ndim != 3:
        raise ConfigError(f"{path} has shape {pixels.shape}: an idx file of images has three axes")
    labels = None if labels_path is None else read_idx(Path(labels_path))
    return fit(as_images(pixels[:, None], labels), spec.size, spec.channels)
