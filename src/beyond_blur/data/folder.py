"""Reader of folders of image files."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from beyond_blur.config import ConfigError, Dataset
from beyond_blur.data.file_reader import Checksum, FileReader, named
from beyond_blur.data.pictures import open_picture

if TYPE_CHECKING:
    import numpy as np

    from beyond_blur.data.images import Images

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".ppm", ".pgm")

GREY_MODES = frozenset({"1", "L", "I", "I;16", "F", "LA"})
"""Pillow's modes of images without colour."""


class FolderReader(FileReader):
    """Every image below a folder; its subfolders are the labels."""

    kind = "folder"

    def open(self, dataset: Dataset) -> FolderSource:
        """The images below ``dataset.path``."""
        assert dataset.path is not None, "problems tells of a dataset without a path"
        path = Path(dataset.path)
        files = sorted(image_files(path))
        if not files:
            raise ConfigError(f"{path} holds no images")
        return FolderSource(files, folder_labels(path, files))

    def path_problems(self, key: str, path: Path) -> Iterator[str]:
        """A file, or a folder without images."""
        if not path.is_dir():
            yield f"{key} = {path} is a file; dataset.kind = folder needs a folder"
        elif next(image_files(path), None) is None:
            yield f"{key} = {path} holds no images ({', '.join(IMAGE_SUFFIXES)})"

    def content(self, dataset: Dataset, checksum: Checksum) -> dict[str, str]:
        """What names the listing of every folder, whose images may be a hundred thousand.

        An image that is added, removed or renamed is seen; one that is overwritten goes unseen.
        """
        return {key: listing_of(path) for key, path in named(dataset)}


@dataclass(frozen=True)
class FolderSource:
    """Image files; see `beyond_blur.data.source.Source`."""

    files: Sequence[Path]
    labels: np.ndarray | None
    classes: tuple[str, ...] | None = None
    held_out: np.ndarray | None = None
    remarks: tuple[str, ...] = ()

    def __len__(self) -> int:
        """The number of images."""
        return len(self.files)

    def name(self, row: int) -> str:
        """The path of an image."""
        return str(self.files[row])

    def read(self, row: int) -> np.ndarray:
        """One image as uint8 of shape (h, w, c)."""
        _, mode = look_at(self.files[row])
        channels = 1 if mode in GREY_MODES else 3
        return read_image(self.files[row], None, channels).transpose(1, 2, 0)


def listing_of(folder: Path) -> str:
    """sha256 over the places of all images below a folder, none of which is looked at."""
    found = (
        Path(here, name).relative_to(folder).as_posix()
        for here, _, names in os.walk(folder)
        for name in names
        if name.lower().endswith(IMAGE_SUFFIXES)
    )
    text = "\n".join(sorted(found))
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def image_files(folder: Path) -> Iterator[Path]:
    """Every image below a folder, in no particular order."""
    return (p for p in folder.rglob("*") if p.suffix.lower() in IMAGE_SUFFIXES and p.is_file())


def read_folder(path: Path, size: int | None = None, channels: int | None = None) -> Images:
    """Read every image below a folder, in the order of their paths.

    Parameters
    ----------
    path : path
        Where images lie in subfolders, the subfolder is the label, numbered in alphabetical order.
    size : int, optional
        Height and width: the centre square, antialiased. Without it images stay as they are and
        must share one size.
    channels : int, optional
        1 or 3; without it 1 if every image is grey, else 3.

    Raises
    ------
    ConfigError
        No images, files that cannot be read, or images of several sizes without ``size``.
    """
    files = sorted(image_files(path))
    if not files:
        raise ConfigError(f"{path} holds no images")
    return read_pictures(path, files, size, channels)


def read_pictures(
    path: Path, files: Sequence[Path], size: int | None = None, channels: int | None = None
) -> Images:
    """Read image files; ``path`` is the folder they lie in, other arguments as in `read_folder`."""
    import numpy as np

    from beyond_blur.data.images import as_images

    if size is None or channels is None:
        sizes, modes = zip(*map(look_at, files), strict=True)
        if size is None:
            check_one_size(path, sizes)
        if channels is None:
            channels = 1 if set(modes) <= GREY_MODES else 3
    pixels = np.stack([read_image(file, size, channels) for file in files])
    return as_images(pixels, folder_labels(path, files))


def folder_labels(path: Path, files: Sequence[Path]) -> np.ndarray | None:
    """The number of each image's subfolder of ``path``; None where images lie beside them."""
    import numpy as np

    if any(file.parent == path for file in files):
        return None
    folders = [file.relative_to(path).parts[0] for file in files]
    names = sorted(set(folders))
    return np.array([names.index(folder) for folder in folders])


def check_one_size(path: Path, sizes: Sequence[tuple[int, int]]) -> None:
    """Refuse images of several sizes (width, height)."""
    if len(set(sizes)) > 1:
        found = ", ".join(f"{n} of {w} x {h}" for (w, h), n in Counter(sizes).most_common(3))
        raise ConfigError(
            f"{path} holds images of {len(set(sizes))} sizes ({found} pixels): give --size N to "
            "bring all of them to N x N pixels"
        )


def look_at(file: Path) -> tuple[tuple[int, int], str]:
    """Width and height of an image file, and its mode, from its header alone."""
    with open_picture(file, decode=False) as image:
        return image.size, image.mode


def read_image(file: Path, size: int | None, channels: int) -> np.ndarray:
    """One image file as uint8 of shape (channels, h, w); ``size`` as in `read_folder`."""
    import numpy as np

    from beyond_blur.data.pixels import resize

    with open_picture(file) as image:
        picture = image.convert("L" if channels == 1 else "RGB")
    pixels = np.asarray(picture) if size is None else resize(picture, size)
    return pixels.reshape(*pixels.shape[:2], channels).transpose(2, 0, 1)
