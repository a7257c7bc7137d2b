"""The moving pictures that films show, read from files: one function for every kind of input.

Each takes a `Given` and returns what `film_panels.film_of` takes. `film_registry.FILMS` names them.
"""

from __future__ import annotations

import math

import numpy as np

from beyond_blur.data.pixels import to_uint8
from beyond_blur.rendering.film_panels import WIDTH, Moving
from beyond_blur.rendering.given import Given
from beyond_blur.rendering.loading import explorations, strips
from beyond_blur.storage.atomic import ArtifactError


def reverse_ways(given: Given) -> list[Moving]:
    """The samples that trajectories follow, from level K to level 0, of every process."""
    return [
        Moving(
            one.label,
            few(to_uint8(one.backward[:, ::-1])),
            [f"k = {level}" for level in one.levels[::-1]],
        )
        for one in strips(given)
    ]


def explored(given: Given) -> list[Moving]:
    """What the verb explore kept of every network, each row a picture that moves along it."""
    found = []
    for path, (pictures, facts) in zip(given.files, explorations(given), strict=True):
        if len(facts["columns"]) != pictures.shape[1]:
            raise ArtifactError(
                f"{path} holds samples that do not move: explore them with --trajectory or "
                "--interpolate"
            )
        found.append((few(pictures), facts["columns"]))
    return [Moving(label, *shown) for label, shown in given.labelled(found)]


def few(pictures: np.ndarray) -> np.ndarray:
    """As many of the first pictures (n, m, c, h, w) as fill a square of `WIDTH`; one at least."""
    side = min(math.isqrt(len(pictures)), (WIDTH + 1) // (pictures.shape[-1] + 1))
    return pictures[: max(side, 1) ** 2]
