"""What a person has to know of a dataset that was prepared: a line each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from beyond_blur.config import Dataset
from beyond_blur.data.preparation import Prepared
from beyond_blur.data.set_remarks import among, fingerprints, repeated

CALLED = {"train": "training", "held_out": "held-out"}
"""Splits in words."""

SHOWN = 3
"""Images that cannot be read which are named; the others are counted."""


def remarks(dataset: Dataset, splits: Mapping[str, Prepared]) -> Iterator[str]:
    """What was prepared, how, what was left out, and what repeats."""
    said = set[str]()
    for split, prepared in splits.items():
        called = CALLED[split]
        for remark in prepared.part.source.remarks:
            if remark not in said:
                yield remark
            said.add(remark)
        c, h, w = prepared.shape
        classes = prepared.part.labels
        of = "" if classes is None else f", {len(set(classes.tolist()))} classes"
        yield f"{dataset.name}: {len(prepared):,} {called} images of {c} x {h} x {w}{of}"
        if prepared.left_out:
            some = "; ".join(prepared.left_out[:SHOWN])
            n = len(prepared.left_out)
            yield f"{n:,} {called} images cannot be read and are left out: {some}"
    yield (
        f"images of another size became the centre square at {dataset.size} x {dataset.size} "
        f"pixels ({dataset.resize}, antialiased)"
    )
    yield from copies(splits)


def copies(splits: Mapping[str, Prepared]) -> Iterator[str]:
    """That images repeat in a split, and that held-out images are training images."""
    counts = {split: counted(prepared) for split, prepared in splits.items()}
    for split, found in counts.items():
        n = repeated(found)
        if n:
            yield (
                f"{n:,} of the {found.total():,} {CALLED[split]} images repeat another "
                "one pixel by pixel"
            )
    train, held_out = counts["train"], counts["held_out"]
    n = among(held_out, train)
    if n:
        yield (
            f"{n:,} of the {held_out.total():,} held-out images are training images, pixel by "
            "pixel: what is measured against them flatters a network that copies"
        )


def counted(prepared: Prepared) -> Counter[bytes]:
    """How often every image of a split occurs."""
    found = Counter[bytes]()
    for piece in prepared.pieces():
        found.update(fingerprints(piece))
    return found
