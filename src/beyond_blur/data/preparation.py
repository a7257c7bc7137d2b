"""The chosen images of a dataset, decoded to disk in memory that does not grow with the set.

Decoded rows are kept beside the result until it is whole: a killed preparation goes on where it
was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from beyond_blur.config import ConfigError, Dataset
from beyond_blur.config.rule_specs import lasting_dataset
from beyond_blur.data.choice import Part
from beyond_blur.data.decoding import decode_into, unreadable
from beyond_blur.progress import Progress
from beyond_blur.storage import code
from beyond_blur.storage.artifacts import checksum_of
from beyond_blur.storage.filled_array import FilledArray

PIECE = 512
"""Images that are decoded before they are marked as finished."""

CODE = "beyond_blur.data.preparation:fill"
"""What decides, with all it uses, which pixels are decoded."""


@dataclass(frozen=True)
class Prepared:
    """The images of one split, decoded on disk.

    Attributes
    ----------
    part : Part
        Those that could be read, and what is known of them.
    unfinished : FilledArray
        Their pixels.
    left_out : tuple of str
        Why other images that were chosen cannot be read.
    """

    part: Part
    unfinished: FilledArray
    left_out: tuple[str, ...] = ()

    def __len__(self) -> int:
        """The number of images."""
        return len(self.part)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width."""
        _, c, h, w = self.unfinished.values.shape
        return c, h, w

    def pixels(self, rows: slice) -> np.ndarray:
        """Some of the images, uint8 (n, c, h, w), mapped."""
        return self.unfinished.values[rows]

    def pieces(self) -> Iterator[np.ndarray]:
        """All images, a piece at a time."""
        for start in range(0, len(self), PIECE):
            yield self.pixels(slice(start, start + PIECE))


def prepare(
    dataset: Dataset,
    parts: Mapping[str, Part],
    places: Mapping[str, Path | str],
    content: str,
    threads: int = 1,
) -> dict[str, Prepared]:
    """Decode the images of every split.

    Parameters
    ----------
    dataset : Dataset
    parts : mapping of str to Part
        By what each split is called.
    places : mapping of str to path
        A file of each split's result, beside which decoded rows are kept.
    content : str
        What names the content of the dataset's files: decoded rows of another one are not taken.
    threads : int
        Images that are decoded at a time; changes no pixel.

    Raises
    ------
    ConfigError
        Naming the images of all splits that cannot be decoded, where ``dataset.unreadable`` is
        ``stop``; or if none of a split can.
    """
    splits = {
        split: prepare_part(dataset, split, part, places[split], content, threads)
        for split, part in parts.items()
    }
    errors = [why for prepared in splits.values() for why in prepared.left_out]
    if errors and (dataset.unreadable == "stop" or not all(map(len, splits.values()))):
        raise unreadable(errors)
    return splits


def prepare_part(
    dataset: Dataset, split: str, part: Part, out: Path | str, content: str, threads: int
) -> Prepared:
    """Decode the images of one split, as far as they can be; parameters as of `prepare`."""
    shape = (dataset.channels, dataset.size, dataset.size)
    known = [*identity(dataset, split, part), content]
    filled = FilledArray(out, known, (len(part), *shape))
    errors = fill(filled, part, dataset, f"{dataset.name}, {split.replace('_', '-')}", threads)
    places = np.setdiff1d(np.arange(len(part)), list(errors))
    if errors and len(places):
        whole, known = filled.values, [*known, sorted(errors)]
        filled = FilledArray(out, known, (len(places), *shape))
        for start in range(0, len(places), PIECE):
            filled.values[start : start + PIECE] = whole[places[start : start + PIECE]]
    return Prepared(part.chosen(places), filled, tuple(errors.values()))


def identity(dataset: Dataset, split: str, part: Part) -> list[object]:
    """What decoded rows depend on: settings, the list of images, and code."""
    digest = hashlib.sha256()
    for row in part.rows:
        digest.update(part.source.name(int(row)).encode("utf-8", "surrogateescape") + b"\n")
    digest.update(np.ascontiguousarray(part.index).tobytes())
    return [lasting_dataset(dataset), split, digest.hexdigest(), code.checksum(CODE)]


def fill(
    filled: FilledArray, part: Part, dataset: Dataset, label: str, threads: int
) -> dict[int, str]:
    """Decode the rows that are missing; why some could not be, by their place."""
    missing, errors = filled.missing(), dict[int, str]()
    progress = Progress(-(-len(missing) // PIECE), 0, label, images=PIECE)
    with ThreadPoolExecutor(threads) as pool:
        for start in range(0, len(missing), PIECE):
            places = missing[start : start + PIECE]
            piece = np.empty((len(places), *filled.values.shape[1:]), np.uint8)
            wrong = decode_into(piece, part.source, part.rows[places], dataset.resize, pool)
            errors.update({int(places[i]): why for i, why in wrong.items()})
            sound = np.setdiff1d(np.arange(len(places)), list(wrong))
            filled.values[places[sound]] = piece[sound]
            filled.finish(places[sound])
            progress.advance(f"{len(errors):,} unreadable")
    progress.close()
    return errors


def fingerprint(splits: Mapping[str, Prepared]) -> str:
    """sha256 over the pixels and numbers of all images: files of two data sets never share it."""
    parts: dict[str, np.ndarray] = {}
    for split, prepared in splits.items():
        pixels = hashlib.sha256()
        for piece in prepared.pieces():
            pixels.update(np.ascontiguousarray(piece).data)
        parts[f"{split}.images"] = np.frombuffer(pixels.digest(), np.uint8)
        parts[f"{split}.index"] = prepared.part.index
    return checksum_of(parts)


def shard_ends(n: int, shards: int) -> list[int]:
    """Where each of ``shards`` nearly equal, consecutive parts of ``n`` rows ends."""
    if shards > n:
        raise ConfigError(f"dataset.shards = {shards} is more than the {n} images of a split")
    small, more = divmod(n, shards)
    return [(i + 1) * small + min(i + 1, more) for i in range(shards)]


def shards_of(prepared: Prepared, n: int) -> Iterator[dict[str, np.ndarray]]:
    """What each of ``n`` shards of a split holds.

    Yields
    ------
    dict
        ``images``, ``index`` and, where there are any, ``labels``.
    """
    start = 0
    for end in shard_ends(len(prepared), n):
        rows, part = slice(start, end), prepared.part
        arrays = {"images": prepared.pixels(rows), "index": part.index[rows]}
        yield arrays if part.labels is None else {**arrays, "labels": part.labels[rows]}
        start = end
