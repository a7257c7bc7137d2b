"""What a prepared data set is like: counts, grey values, repeats and the energy of its scales.

Images are read a few at a time from files that are mapped: memory does not grow with the set.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from beyond_blur.analysis.spectrum import radial_spectrum
from beyond_blur.data.choice import first_of_every_class
from beyond_blur.data.pixels import to_float
from beyond_blur.data.set_remarks import among, fingerprints, repeated

if TYPE_CHECKING:
    from beyond_blur.storage.artifacts import Artifact

SPECTRUM_IMAGES = 2_048
"""Images of a split, the first of the shuffled ones, whose spectra are averaged."""

SHEET_IMAGES = 60
"""Images of a contact sheet."""

PIECE_BYTES = 2**22
"""Pixels that are looked at together."""


def facts_of(splits: Mapping[str, Sequence[Artifact]]) -> dict[str, Any]:
    """The facts of a prepared data set.

    Parameters
    ----------
    splits : mapping of str to sequence of Artifact
        The shards of ``train`` and of ``held_out``, mapped.

    Returns
    -------
    dict
        ``shape`` (c, h, w); ``resize``; ``splits``: of each what `facts_of_split` says; and
        ``held_out_in_train``, the number of held-out images that are training images.
    """
    facts, prints = dict[str, Any](), dict[str, Counter[bytes]]()
    for split, shards in splits.items():
        facts[split], prints[split] = facts_of_split(shards)
    first = splits["train"][0]
    return {
        "shape": list(first.arrays["images"].shape[1:]),
        "resize": first.manifest["spec"]["resize"],
        "splits": facts,
        "held_out_in_train": among(prints["held_out"], prints["train"]),
    }


def facts_of_split(shards: Sequence[Artifact]) -> tuple[dict[str, Any], Counter[bytes]]:
    """The facts of one split, and how often every image occurs in it.

    Returns
    -------
    dict
        ``images``, their number; ``left_out``, that of images that could not be read; ``classes``,
        the number of images of each, or None; ``mean`` and ``std`` of each channel, of values from
        0 to 1; ``histogram``, how many pixels of each channel have the values 0 ... 255;
        ``spectrum``, see `spectrum_of`; and ``repeats``, images that repeat another one.
    """
    channels = shards[0].arrays["images"].shape[1]
    counts, prints, n = np.zeros((channels, 256), np.int64), Counter[bytes](), 0
    for piece in pieces(shards):
        n += len(piece)
        prints.update(fingerprints(piece))
        for channel in range(channels):
            counts[channel] += np.bincount(piece[:, channel].ravel(), minlength=256)
    grey = np.arange(256) / 255
    shares = counts / counts.sum(1, keepdims=True)
    mean = shares @ grey
    spread = np.sqrt((shares * (grey - mean[:, None]) ** 2).sum(1))
    facts = {
        "images": n,
        "left_out": shards[0].manifest.get("left_out", 0),
        "classes": images_of_classes(shards),
        "mean": mean.tolist(),
        "std": spread.tolist(),
        "histogram": counts.tolist(),
        "spectrum": spectrum_of(shards),
        "repeats": repeated(prints),
    }
    return facts, prints


def pieces(shards: Sequence[Artifact]) -> Iterator[np.ndarray]:
    """All images, a few at a time, uint8 (n, c, h, w)."""
    for shard in shards:
        images = shard.arrays["images"]
        step = max(1, PIECE_BYTES // images[0].size)
        for start in range(0, len(images), step):
            yield images[start : start + step]


def labels_of(shards: Sequence[Artifact]) -> np.ndarray | None:
    """The class number of every image; None where images have none."""
    if "labels" not in shards[0].arrays:
        return None
    return np.concatenate([shard.arrays["labels"] for shard in shards])


def images_of_classes(shards: Sequence[Artifact]) -> dict[str, int] | None:
    """The number of images of each class, by its name or, without names, its number."""
    labels, names = labels_of(shards), shards[0].manifest.get("classes")
    if labels is None:
        return None
    counts = np.bincount(labels, minlength=len(names or ())).tolist()
    if names is None:
        return {str(number): n for number, n in enumerate(counts) if n}
    return dict(zip(names, counts, strict=True))


def spectrum_of(shards: Sequence[Artifact]) -> dict[str, Any]:
    """The mean energy of the first images, of values from 0 to 1, over rings of wave numbers.

    Returns
    -------
    dict
        ``wavenumber`` and ``energy`` as of `radial_spectrum`, and the number of ``images``.
    """
    total, wavenumber, n = np.zeros(1), np.zeros(0), 0
    for piece in pieces(shards):
        some = piece[: SPECTRUM_IMAGES - n]
        wavenumber, energy = radial_spectrum(to_float(some))
        total, n = total + energy * len(some), n + len(some)
        if n == SPECTRUM_IMAGES:
            break
    return {"wavenumber": wavenumber.tolist(), "energy": (total / n).tolist(), "images": n}


def contact_sheet(shards: Sequence[Artifact]) -> dict[str, np.ndarray]:
    """Some images that show what the set is: the first ones, as many of every class as there are.

    They are shuffled already, by the seed of the split.

    Returns
    -------
    dict
        ``images``, ``index`` and, where there are any, ``labels``.
    """
    labels = labels_of(shards)
    ends = np.cumsum([len(shard.arrays["images"]) for shard in shards])
    few = min(SHEET_IMAGES, int(ends[-1]))
    rows = np.arange(few) if labels is None else first_of_every_class(labels, few)
    places = [
        (int(i), int(row - ends[i]))
        for row, i in zip(rows, np.searchsorted(ends, rows, "right"), strict=True)
    ]
    return {
        name: np.stack([shards[i].arrays[name][row] for i, row in places])
        for name in shards[0].arrays
    }
