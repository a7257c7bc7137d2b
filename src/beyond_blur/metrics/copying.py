"""Whether samples are copies of training images, whichever: against what held-out images show.

A sampler that starts from noise has no image that its prior was made of, and can still give
training images back. Two numbers see that, in the space of the features:

    authenticity   share of samples that are farther from their nearest training image than that is
                   from its own nearest other training image
    C_T            is a sample nearer to the training images than a held-out image is? In cells of
                   the feature space, by the rank statistic of Mann and Whitney as a z-score

Neither has a value that is right by itself. Held-out images are no copies: their own authenticity
stands beside that of the samples, and C_T compares with them already, so that 0 is what new images
have. Below 0 samples lie nearer to the training images than new images do, above 0 farther.

References
----------
Alaa et al., "How faithful is your synthetic data?", ICML 2022 (authenticity; the share over all
samples is that of Stein et al., "Exposing flaws of generative model evaluation metrics", 2023).
Meehan, Chaudhuri and Dasgupta, "A non-parametric test to detect data-copying in generative models",
AISTATS 2020 (C_T). Written from the definitions.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from beyond_blur.metrics.checks import as_feature_pair
from beyond_blur.metrics.neighbours import nearest_neighbours

CELLS = 5
"""Cells that the training features are cut into; a choice."""

LEAST = 20
"""Samples and held-out images that a cell needs to count: the z-score is one of large numbers."""


@dataclass(frozen=True)
class Learnt:
    """The images that samplers learnt from, and others of the same kind.

    Attributes
    ----------
    train : float array, shape (n, d)
        Features of the training images.
    held_out : float array, shape (m, d)
        Features of images that no sampler saw.
    """

    train: np.ndarray
    held_out: np.ndarray


def copying(
    samples: Mapping[str, np.ndarray],
    learnt: Learnt,
    rng: np.random.Generator,
    *,
    n_threads: int | None = None,
) -> dict[str, dict[str, float]]:
    """Authenticity and C_T of some sets of samples.

    Parameters
    ----------
    samples : mapping of str to float array, shape (n, d)
        Features of each set, by its name.
    learnt : Learnt
    rng : numpy.random.Generator
        Of the first centres of the cells.
    n_threads : int, optional
        CPU threads.

    Returns
    -------
    dict
        By the set's name: ``authenticity`` and ``held_out_authenticity``, from 0 to 1, and
        ``copying_statistic``, C_T.

    Raises
    ------
    ValueError
        For fewer than two training images, values that are not finite, or differing dimensions.
    """
    train, held_out = as_feature_pair("train", learnt.train, "held_out", learnt.held_out)
    if len(train) < 2:
        raise ValueError("train has 1 row; authenticity needs 2 training images or more")
    usual = authenticity(held_out, train, n_threads=n_threads)
    centres = cell_centres(train, rng)
    return {
        name: {
            "authenticity": authenticity(values, train, n_threads=n_threads),
            "held_out_authenticity": usual,
            "copying_statistic": copying_statistic(
                values, Learnt(train, held_out), centres, n_threads=n_threads
            ),
        }
        for name, values in samples.items()
    }


def authenticity(samples: np.ndarray, train: np.ndarray, *, n_threads: int | None = None) -> float:
    """Share of samples farther from their nearest training image than that is from the others.

    Parameters
    ----------
    samples : array, shape (n, d)
    train : array, shape (m, d)

    Returns
    -------
    float
        0 for training images themselves; at equal distances a sample is not authentic.
    """
    nearest, distance = nearest_neighbours(samples, train, n_threads=n_threads)
    found, place = np.unique(nearest[:, 0], return_inverse=True)
    _, to_another = nearest_neighbours(train[found], train, exclude=found, n_threads=n_threads)
    return float((distance[:, 0] > to_another[place, 0]).mean())


def cell_centres(train: np.ndarray, rng: np.random.Generator, n_cells: int = CELLS) -> np.ndarray:
    """Centres (k, d) of k-means cells of the training features, k at most ``n_cells``."""
    from scipy.cluster.vq import kmeans2

    values = train.astype(np.float64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # an empty cell counts for nothing
        centres, _ = kmeans2(values, min(n_cells, len(train)), minit="++", rng=rng)
    return np.asarray(centres)


def copying_statistic(
    samples: np.ndarray, learnt: Learnt, centres: np.ndarray, *, n_threads: int | None = None
) -> float:
    """C_T: z-scores of the cells, weighted by the held-out images in them.

    Parameters
    ----------
    samples : array, shape (n, d)
    learnt : Learnt
    centres : array, shape (k, d)
        A row belongs to the cell of the nearest. Of cells with fewer than `LEAST` samples or
        held-out images nothing is known; where all are so, the whole space is one cell.
    n_threads : int, optional

    Returns
    -------
    float
        0 in the mean, with a standard deviation of 1 at most, where samples are distributed as
        held-out images are.
    """
    sets = (samples, learnt.held_out, learnt.train)
    cells = [nearest_neighbours(one, centres, n_threads=n_threads)[0][:, 0] for one in sets]
    counts = np.array([np.bincount(one, minlength=len(centres)) for one in cells])
    useful = np.flatnonzero((counts[:2] >= LEAST).all(axis=0) & (counts[2] > 0))
    if not useful.size:
        cells, useful = [np.zeros(len(one), int) for one in sets], np.array([0])
    scores, weights = [], []
    for cell in useful:
        new, held_out, train = (s[c == cell] for s, c in zip(sets, cells, strict=True))
        near, usual = (
            nearest_neighbours(one, train, n_threads=n_threads)[1][:, 0] for one in (new, held_out)
        )
        scores.append(rank_z_score(near, usual))
        weights.append(len(held_out))
    return float(np.average(scores, weights=weights))


def rank_z_score(a: np.ndarray, b: np.ndarray) -> float:
    """How far the number of pairs with a > b is from half of all, in standard deviations.

    Parameters
    ----------
    a : array, shape (n,)
    b : array, shape (m,)

    Returns
    -------
    float
        (U - n m / 2) / sqrt(n m (n + m + 1) / 12), U the pairs with a > b and half of the ties.
    """
    from scipy.stats import rankdata

    n, m = len(a), len(b)
    ranks = rankdata(np.concatenate([a, b]))[:n]
    pairs = ranks.sum() - n * (n + 1) / 2
    return float((pairs - n * m / 2) / np.sqrt(n * m * (n + m + 1) / 12))
