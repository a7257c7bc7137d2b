"""A few samples beside the images nearest to them, for a person to look at."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from beyond_blur.data.pixels import to_float
from beyond_blur.metrics.copies import pixel_vectors, rows_of
from beyond_blur.metrics.neighbours import nearest_neighbours

N_SHOWN = 8
"""Samples whose nearest images are looked up."""


N_BY_FEATURES = 3
"""Images shown of each sample that are nearest by features."""

Arrays = Mapping[str, np.ndarray]


def nearest_images(
    samples: Arrays,
    features: tuple[np.ndarray, np.ndarray],
    base: Arrays,
    prior_images: Arrays | None = None,
    threads: int | None = None,
) -> dict[str, np.ndarray]:
    """The images nearest to the first samples, by features and in pixels.

    Parameters
    ----------
    samples : mapping
        ``samples``, uint8 (n, c, h, w), and, where priors were made of images, ``source``: the
        number (n,) of each one's.
    features : pair of array
        Of the samples (n, d) and of the base (m, d).
    base : mapping
        Where neighbours are looked for: ``images``, uint8 (m, c, h, w), and their ``index`` (m,).
    prior_images : mapping, optional
        The same of the images that priors were made of; None for noise.
    threads : int, optional
        CPU threads.

    Returns
    -------
    dict
        ``images``: float32 (6, s, c, h, w), row by row the sample, the image its prior was made of
        (NaN for noise), the three images nearest by features and the one nearest in pixels.
        ``copies``: bool (6, s), where an image is the one that the sample's prior was made of.
    """
    pictures = samples["samples"][:N_SHOWN]
    known, index = base["images"], base["index"]
    by_features, _ = nearest_neighbours(
        features[0][:N_SHOWN], features[1], N_BY_FEATURES, n_threads=threads
    )
    in_pixels, _ = nearest_neighbours(
        pixel_vectors(pictures), pixel_vectors(known), n_threads=threads
    )
    found = np.concatenate([by_features, in_pixels], axis=1).T
    start, sources = prior_pictures(samples, prior_images, pictures.shape)
    nothing = np.zeros(len(pictures), bool)
    return {
        "images": np.stack([to_float(pictures), start, *to_float(known[found])]),
        "copies": np.stack([nothing, nothing, *(index[found] == sources)]),
    }


def prior_pictures(
    samples: Arrays, prior_images: Arrays | None, shape: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """The images that priors were made of and their numbers; NaN and -1 where it was noise."""
    if prior_images is None or "source" not in samples:
        return np.full(shape, np.nan, np.float32), np.full(shape[0], -1)
    sources = samples["source"][: shape[0]]
    rows = rows_of(sources, prior_images["index"])
    return to_float(prior_images["images"][rows]), sources
