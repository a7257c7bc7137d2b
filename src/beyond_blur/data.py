"""Images from files to arrays: uint8 of shape (n, c, h, w), split into train and held-out.

The only part of the package that knows datasets. Readers return what the files hold; `fit` brings
the images to the asked size and channels; `split` keeps some of them from training.
"""

from __future__ import annotations

import gzip
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from beyond_blur.config import ConfigError, Dataset, image_files


@dataclass(frozen=True)
class Images:
    """Images of one split.

    Attributes
    ----------
    pixels : uint8 array, shape (n, c, h, w)
    labels : int64 array, shape (n,), or None
    index : int64 array, shape (n,)
        Number of each image in its source: what its random flow is drawn from.
    """

    pixels: np.ndarray
    labels: np.ndarray | None
    index: np.ndarray

    def rows(self, rows: np.ndarray) -> Images:
        """Some of the images, in the given order."""
        labels = None if self.labels is None else self.labels[rows]
        return Images(self.pixels[rows], labels, self.index[rows])


def as_images(pixels: np.ndarray, labels: np.ndarray | None) -> Images:
    """Number the images 0, 1, ... in the order of their source."""
    if len(pixels) == 0:
        raise ConfigError("the dataset holds no images")
    if labels is not None and len(labels) != len(pixels):
        raise ConfigError(f"the dataset has {len(pixels)} images but {len(labels)} labels")
    labels = None if labels is None else np.asarray(labels, dtype=np.int64)
    return Images(pixels, labels, np.arange(len(pixels)))


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


def channels_first(images: np.ndarray) -> np.ndarray:
    """Bring (n, h, w) or (n, h, w, c) to (n, c, h, w); images that already are stay as they are."""
    if images.ndim == 3:
        return images[:, None]
    if images.shape[-1] in (1, 3) and images.shape[1] not in (1, 3):
        return images.transpose(0, 3, 1, 2)
    return images


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


def resize(image: Image.Image, size: int) -> np.ndarray:
    """The centre square of an image at the asked size, by antialiased bicubic interpolation."""
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    square = image.crop((left, top, left + side, top + side))
    return np.asarray(square.resize((size, size), Image.Resampling.BICUBIC))


def fit(images: Images, size: int, channels: int) -> Images:
    """Bring images to the asked size and number of channels.

    Grey becomes colour by repetition; colour becomes grey by the ITU-R 601 luma that Pillow uses.
    """
    n, c, h, w = images.pixels.shape
    if (c, h, w) == (channels, size, size):
        return images
    if c == 1:
        pictures = (Image.fromarray(pixels[0]) for pixels in images.pixels)
    else:
        pictures = (Image.fromarray(pixels.transpose(1, 2, 0)) for pixels in images.pixels)
    mode = "L" if channels == 1 else "RGB"
    fitted = np.empty((n, channels, size, size), np.uint8)
    for i, picture in enumerate(pictures):
        square = resize(picture.convert(mode), size)
        fitted[i] = square.reshape(size, size, channels).transpose(2, 0, 1)
    return Images(fitted, images.labels, images.index)


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


def split(images: Images, held_out: float, seed: int) -> tuple[Images, Images]:
    """Shuffle once and keep a share of the images from training.

    Returns
    -------
    train, held_out : Images
        Disjoint; together all images. The same seed gives the same split.
    """
    n = len(images.pixels)
    n_held_out = round(n * held_out)
    if not 0 < n_held_out < n:
        raise ConfigError(
            f"dataset.held_out = {held_out:g} of {n} images leaves {n - n_held_out} to train on "
            f"and {n_held_out} to measure with: choose another share"
        )
    order = np.random.default_rng(seed).permutation(n)
    return images.rows(np.sort(order[n_held_out:])), images.rows(np.sort(order[:n_held_out]))


def prepare(spec: Dataset) -> tuple[Images, Images]:
    """The train and held-out images of a dataset.

    Raises
    ------
    ConfigError
        Files that are missing, unreadable or too few.
    """
    images = read_source(spec, spec.path, spec.labels_path)
    if spec.held_out_path is None:
        train, held_out = split(images, spec.held_out, spec.split_seed)
    else:
        train = images
        held_out = read_source(spec, spec.held_out_path, spec.held_out_labels_path)
        # Numbers that no training image has, so that no two images share a flow.
        held_out = Images(held_out.pixels, held_out.labels, held_out.index + len(train.index))
    return _first(train, spec.max_images), _first(held_out, spec.max_images)


def _first(images: Images, n: int | None) -> Images:
    return images if n is None else images.rows(np.arange(min(n, len(images.pixels))))


def shard_rows(n: int, shards: int) -> list[np.ndarray]:
    """Row numbers of each of ``shards`` nearly equal, consecutive parts of ``n`` rows."""
    if shards > n:
        raise ConfigError(f"dataset.shards = {shards} is more than the {n} images of a split")
    return np.array_split(np.arange(n), shards)


def to_float(pixels: np.ndarray) -> np.ndarray:
    """uint8 to float32 in [0, 1]."""
    return pixels.astype(np.float32) / np.float32(255)


def to_uint8(values: np.ndarray) -> np.ndarray:
    """Values in [0, 1] to uint8, clipped and rounded to the nearest (not truncated)."""
    return np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)
