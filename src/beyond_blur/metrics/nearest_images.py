"""A few samples beside the images nearest to them, for a person to look at."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from beyond_blur.data.pixels import to_float
from beyond_blur.metrics.copies import pixel_vectors, rows_of
from beyond_blur.metrics.neighbours import nearest_neighbours
from beyond_blur.storage.contents import FEATURES, IMAGES, NUMBERS, array_of

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

    Raises
    ------
    ArtifactError
        For arrays that are missing, of another form, or of another number of rows.
    ValueError
        For samples and images of different sizes, or fewer images than are shown.
    """
    drawn = array_of(samples, "samples", IMAGES, "the samples")
    known = array_of(base, "images", IMAGES, "the set that is searched")
    index = array_of(base, "index", NUMBERS, "the set that is searched", len(known))
    array_of({"samples": features[0]}, "samples", FEATURES, "the samples' features", len(drawn))
    array_of({"images": features[1]}, "images", FEATURES, "the searched features", len(known))
    if drawn.shape[1:] != known.shape[1:]:
        raise ValueError(
            f"samples of shape {drawn.shape[1:]} and images of {known.shape[1:]}: they are of "
            "different data sets; give those that belong together"
        )
    pictures = drawn[:N_SHOWN]
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
    whole = array_of(samples, "source", NUMBERS, "the samples", len(samples["samples"]))
    images = array_of(prior_images, "images", IMAGES, "the prior's set")
    index = array_of(prior_images, "index", NUMBERS, "the prior's set", len(images))
    sources = whole[: shape[0]]
    return to_float(images[rows_of(sources, index)]), sources
