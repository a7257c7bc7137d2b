"""The mean colour of samples beside that of the states they started from, image by image.

Blur and flow keep the mean of each channel, so that a process that undoes them only has to keep it
on its way back, too; noise does not know it, and the network has to choose one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

CHANNELS = {1: ("grey",), 3: ("red", "green", "blue")}
"""What channels are called, by how many there are."""


@dataclass(frozen=True)
class MeanColours:
    """Mean colours of the samples of one process, and of what they started from.

    Attributes
    ----------
    label : str
        The process in words.
    facts : mapping
        What its rows are called: process, peclet, prior, seed.
    before, after : float64 arrays, shape (n, c)
        Mean of each channel of the initial states, and of the samples, in grey values.
    """

    label: str
    facts: dict[str, Any]
    before: np.ndarray
    after: np.ndarray


def channel_means(pixels: np.ndarray) -> np.ndarray:
    """Mean of each channel in grey values, float64 (n, c), of images uint8 (n, c, h, w)."""
    return np.asarray(pixels.mean(axis=(2, 3), dtype=np.float64) / 255)


def colour_rows(found: MeanColours) -> list[dict[str, Any]]:
    """How far the mean colour of samples is from that of their initial states.

    Parameters
    ----------
    found : MeanColours

    Returns
    -------
    list of dict
        One per channel: the facts, ``n_images``, ``channel``, the means over images ``before`` and
        ``after``, ``rms_shift`` (root of the mean over images of (after - before)^2, grey values)
        and ``correlation`` (Pearson's, over images; None where one of both does not vary).
    """
    n, channels = found.before.shape
    names = CHANNELS.get(channels, tuple(map(str, range(channels))))
    return [
        {
            **found.facts,
            "n_images": n,
            "channel": name,
            "before": float(before.mean()),
            "after": float(after.mean()),
            "rms_shift": float(np.sqrt(np.square(after - before).mean())),
            "correlation": correlation(before, after),
        }
        for name, before, after in zip(names, found.before.T, found.after.T, strict=True)
    ]


def correlation(a: np.ndarray, b: np.ndarray) -> float | None:
    """Pearson's correlation of two series; None where one of them does not vary."""
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return None
    da, db = a - a.mean(), b - b.mean()
    return float((da @ db) / np.sqrt((da @ da) * (db @ db)))
