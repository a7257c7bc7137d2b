"""What a reader has to know of two sets of images whose distance is measured."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import numpy as np

from beyond_blur.data.listing import list_folder

JPEG = b"\xff\xd8\xff"
"""How every JPEG file begins."""

Names = tuple[str, str]


def remarks_on(images: np.ndarray, reference: np.ndarray, names: Names) -> list[str]:
    """What two sets have in common, and what is repeated or empty in either.

    Parameters
    ----------
    images, reference : uint8 arrays, shape (n, c, h, w), with the same c, h and w
    names : (str, str)
        What the sets are called.

    Returns
    -------
    list of str
        One sentence each; none where there is nothing to say.
    """
    prints = [fingerprints(one) for one in (images, reference)]
    found = shared(prints[0], prints[1], names)
    for name, pixels, of in zip(names, (images, reference), prints, strict=True):
        if len(of) < len(pixels):
            found.append(
                f"{name} repeats images: of its {len(pixels)} only {len(of)} are different, and "
                "precision, recall, density and coverage count no neighbours between equal ones"
            )
        low, high = pixels.min(axis=(1, 2, 3)), pixels.max(axis=(1, 2, 3))
        flat = int((low == high).sum())
        if flat:
            found.append(
                f"{flat} of the {len(pixels)} images of {name} have one grey value at all pixels"
            )
    return found


def fingerprints(images: np.ndarray) -> Counter[bytes]:
    """How often every image occurs, by a hash of its pixels."""
    return Counter(
        hashlib.blake2b(np.ascontiguousarray(image).data, digest_size=16).digest()
        for image in images
    )


def repeated(found: Counter[bytes]) -> int:
    """Images that are there once more than the first time, pixel by pixel."""
    return found.total() - len(found)


def among(ours: Counter[bytes], others: Counter[bytes]) -> int:
    """Images of ours that are one of the others, pixel by pixel."""
    return sum(count for image, count in ours.items() if image in others)


def shared(ours: Counter[bytes], others: Counter[bytes], names: Names) -> list[str]:
    """That two sets are the same images, or have some in common; nothing where they have none."""
    if ours == others:
        return [
            f"both sets are the same {ours.total()} images, pixel by pixel: their Fréchet distance "
            "is 0, and what stands at infinite N and as the kernel distance is scatter around 0"
        ]
    n = among(ours, others)
    if not n:
        return []
    return [
        f"{n} of the {ours.total()} images of {names[0]} are also in {names[1]}, pixel by pixel: "
        "the sets look closer than samples of their own would"
    ]


def compression(paths: Names) -> list[str]:
    """That one set is of JPEG files and the other is not; nothing where they are alike."""
    counts = [count_jpeg(Path(path)) for path in paths]
    if bool(counts[0]) == bool(counts[1]):
        return []
    lossy, other = (0, 1) if counts[0] else (1, 0)
    return [
        f"{counts[lossy]} files of {paths[lossy]} are JPEG, which changes pixels, and none of "
        f"{paths[other]}: a part of the distance is the compression"
    ]


def count_jpeg(path: Path) -> int:
    """JPEG files below a folder, by how they begin and not by what they are called."""
    if not path.is_dir():
        return 0
    total = 0
    for file in list_folder(path).paths():
        with file.open("rb") as opened:
            total += opened.read(len(JPEG)) == JPEG
    return total


def resizing(size: int | None) -> list[str]:
    """How images were brought to a size, where one was asked for."""
    if size is None:
        return []
    return [
        f"images of another size were brought to {size} x {size} pixels: the centre square, by "
        "antialiased bicubic interpolation (Pillow)"
    ]
