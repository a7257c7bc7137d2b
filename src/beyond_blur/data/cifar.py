"""Reader of CIFAR-10 as its owners publish it: the binary or the Python version, packed or not."""

from __future__ import annotations

import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from beyond_blur.config import ConfigError, Dataset
from beyond_blur.data.cifar_pickle import read_pickle
from beyond_blur.data.counts import Counts
from beyond_blur.data.file_reader import Checksum, FileReader, named
from beyond_blur.data.known_files import said, truncation
from beyond_blur.data.memory import check_fits
from beyond_blur.data.recognition import BATCH, RECORD
from beyond_blur.storage.opening import in_words, open_file, shown
from beyond_blur.storage.outputs import checksum_of_file

if TYPE_CHECKING:
    import numpy as np

    from beyond_blur.data.source import ArraySource

CLASSES = 10

NAMES = ("batches.meta.txt", "batches.meta")
"""What the files with the names of the classes are called, in the binary and the Python version."""

LARGEST = 2**30
"""Bytes that an archive is unpacked to at most; CIFAR-10 has 180 million."""


class CifarReader(FileReader):
    """CIFAR-10's tar.gz, its unpacked folder, or one of its batches."""

    kind = "cifar"

    def open(self, dataset: Dataset) -> ArraySource:
        """The training batches and then the test batch, which its owners hold out."""
        assert dataset.path is not None, "problems tells of a dataset without a path"
        return read_cifar(Path(dataset.path), labelled=dataset.labels == "auto")

    def counts(self, dataset: Dataset) -> Counts:
        """Every image has a class; how many there are is not known before they are unpacked."""
        return Counts(labelled=dataset.labels == "auto")

    def content(self, dataset: Dataset, checksum: Checksum) -> dict[str, str]:
        """What names the content of every file, by its key: that of its bytes."""
        return {
            key if file == path else f"{key}/{file.name}": checksum(file)
            for key, path in named(dataset)
            for file in ([path] if not path.is_dir() else unpacked(path))
        }


@dataclass(frozen=True)
class Batch:
    """One file of images.

    Attributes
    ----------
    pixels : uint8 array, shape (n, 3, 32, 32)
    labels : uint8 array, shape (n,)
    """

    pixels: np.ndarray
    labels: np.ndarray


def read_cifar(path: Path, *, labelled: bool = True) -> ArraySource:
    """Read CIFAR-10.

    Raises
    ------
    ConfigError
        One line that names the file: truncated, damaged, or holding no batches of CIFAR-10.
    """
    import numpy as np

    from beyond_blur.data.labels import as_labels
    from beyond_blur.data.source import ArraySource

    contents = dict(_contents(path))
    batches = {
        Path(file).stem: _batch(content, f"{shown(path)}: {file}")
        for file, content in sorted(contents.items())
        if BATCH.fullmatch(file)
    }
    if not batches:
        raise ConfigError(
            f"{shown(path)} holds no batches of CIFAR-10 (data_batch_1 ... 5, test_batch)"
        )
    labels = np.concatenate([batch.labels for batch in batches.values()])
    tested = np.repeat(
        [name == "test_batch" for name in batches],
        [len(batch.labels) for batch in batches.values()],
    )
    return ArraySource(
        np.concatenate([batch.pixels for batch in batches.values()]),
        as_labels(labels, len(labels), path) if labelled else None,
        _class_names(contents, path) if labelled else None,
        tested if 0 < tested.sum() < len(tested) else None,
        tuple(_remarks(path, list(batches))),
    )


def unpacked(folder: Path) -> list[Path]:
    """The files of an unpacked archive, in the folder itself or in the one that the archive makes.

    Where both versions are there, those of the binary one.
    """
    inner = sorted(folder.glob("cifar-10-batches-*"))
    return [
        file
        for place in (folder, *inner)
        if any(BATCH.fullmatch(file.name) for file in place.iterdir())
        for file in sorted(place.iterdir())
        if (BATCH.fullmatch(file.name) or file.name in NAMES)
        and (place == folder or place == inner[0])
    ]


def _contents(path: Path) -> Iterator[tuple[str, bytes]]:
    """The bytes of every file that matters, by its name, whatever they lie in."""
    if path.is_dir():
        for file in unpacked(path):
            yield file.name, _bytes_of(file)
    elif BATCH.fullmatch(path.name):
        yield path.name, _bytes_of(path)
    else:
        yield from _members(path)


def _bytes_of(path: Path) -> bytes:
    check_fits(path.stat().st_size, path)
    with open_file(path) as file:
        return file.read()


def _members(path: Path) -> Iterator[tuple[str, bytes]]:
    """The files that matter in a tar archive, packed or not; all else is passed over."""
    with open_file(path) as file:
        try:
            with tarfile.open(fileobj=file, mode="r|*") as archive:
                for member in archive:
                    if member.offset_data + member.size > LARGEST:
                        raise ConfigError(
                            f"{shown(path)} unpacks to more than {LARGEST:,} bytes: it is not "
                            "CIFAR-10"
                        )
                    name = Path(member.name).name
                    if member.isfile() and (BATCH.fullmatch(name) or name in NAMES):
                        stream = archive.extractfile(member)
                        assert stream is not None, "it is a file"
                        yield name, stream.read()
        except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
            cut = truncation(path) or f"truncated or damaged ({in_words(error)}): download it again"
            raise ConfigError(f"{shown(path)} is {cut}") from error


def _batch(content: bytes, at: str) -> Batch:
    """The images of one file, of either version."""
    import numpy as np

    if content[:2] in (b"\x80\x02", b"\x80\x03", b"\x80\x04"):
        values = read_pickle(content, at)
        pixels, labels = values.get("data"), _numbers(values.get("labels"))
        if not isinstance(pixels, np.ndarray) or labels is None or pixels.ndim != 2:
            raise ConfigError(f"{at} holds {sorted(values)}: CIFAR-10's have data and labels")
    else:
        if not content or len(content) % RECORD:
            raise ConfigError(
                f"{at} has {len(content):,} bytes, not a multiple of {RECORD:,} (a label and "
                "32 x 32 x 3 values): it is truncated, or of CIFAR-100"
            )
        records = np.frombuffer(content, np.uint8).reshape(-1, RECORD)
        labels, pixels = records[:, 0], records[:, 1:]
    if pixels.shape != (len(labels), RECORD - 1) or labels.max(initial=0) >= CLASSES:
        raise ConfigError(
            f"{at} holds {pixels.shape[0]} images of {pixels.shape[1]} values and {len(labels)} "
            f"labels up to {labels.max(initial=0)}: it is damaged, or not of CIFAR-10"
        )
    return Batch(pixels.reshape(-1, 3, 32, 32), labels)


def _numbers(values: Any) -> np.ndarray | None:
    """Labels of the Python version: a list of whole numbers from 0 to 255."""
    import numpy as np

    if not isinstance(values, list) or not values:
        return None
    plain = all(isinstance(value, int) and 0 <= value < 256 for value in values)
    return np.array(values, np.uint8) if plain else None


def _class_names(contents: dict[str, bytes], path: Path) -> tuple[str, ...] | None:
    """The names of the classes, where a file has them."""
    for name in NAMES:
        if name not in contents:
            continue
        if name.endswith(".txt"):
            found = contents[name].decode("ascii", "replace").split()
        else:
            listed = read_pickle(contents[name], f"{shown(path)}: {name}").get("label_names", [])
            found = [one.decode("ascii", "replace") for one in listed if isinstance(one, bytes)]
        if len(found) == CLASSES:
            return tuple(found)
    return None


def _remarks(path: Path, batches: list[str]) -> Iterator[str]:
    words = said(path, checksum_of_file) if path.is_file() else None
    if words is not None:
        yield words
    training = [name for name in batches if name != "test_batch"]
    if not BATCH.fullmatch(path.name) and (len(training), len(batches)) != (5, 6):
        yield f"{shown(path)} holds {', '.join(batches)} only: CIFAR-10 has five and a test_batch"
