"""Training pairs, terminal states, and the seeds and levels that they are drawn with."""

from __future__ import annotations

import numpy as np

from beyond_blur import finite
from beyond_blur.config import Corruption
from beyond_blur.corruption.backend import Backend
from beyond_blur.corruption.states import corrupt
from beyond_blur.lbm.trajectory import Trajectory

TERMINAL_DRAW = 2**32 - 1
"""Number of the flow that makes terminal states; training flows count up from 0."""


def flow_seeds(seed: int, image_ids: np.ndarray, draw: int) -> np.ndarray:
    """Seed of each image's flow, int64 (n,): first word of SeedSequence((seed, image id, draw)).

    Depends on the experiment's seed, the image and the number of the draw, and on nothing else.
    """
    words = [
        np.random.SeedSequence((seed, int(image), draw)).generate_state(1, np.uint64)[0] >> 1
        for image in np.asarray(image_ids)
    ]
    return np.array(words, dtype=np.int64)


def stratified_levels(n_images: int, m: int, n_levels: int, rng: np.random.Generator) -> np.ndarray:
    """Levels 1..K, int64 (n_images, m), uniform and evenly spread both ways.

    Column j of a row lies in the j-th of m equal parts of 1..K; within a part the images take
    evenly spaced places in random order. Each single level is uniform on 1..K over a row's columns.
    K is ``n_levels``: less than a process has where its last level is left out.
    """
    place = np.stack([rng.permutation(n_images) for _ in range(m)], axis=1)
    share = (np.arange(m) + (place + rng.random((n_images, m))) / n_images) / m
    return np.minimum((share * n_levels).astype(np.int64), n_levels - 1) + 1


def draw_pairs(
    images: np.ndarray, image_ids: np.ndarray, trajectory: Trajectory, options: Corruption,
    backend: Backend | None = None, *, first_draw: int = 0, last_level: int | None = None,
) -> dict[str, np.ndarray]:  # fmt: skip
    """Training pairs: ``options.draws`` flows per image, ``options.levels_per_draw`` pairs each.

    Parameters
    ----------
    images : float32 (n, c, h, w)
        Grey values in [0, 1].
    image_ids : int (n,)
        What identifies each image in its dataset; with options.seed it fixes flows and levels.
    trajectory : Trajectory
    options : Corruption
        ``draws``, ``levels_per_draw`` and ``seed`` count.
    backend : Backend, optional
        See :func:`beyond_blur.corruption.states.corrupt`.
    first_draw : int
        Number of the first flow; raise it for fresh flows of the same images.
    last_level : int, optional
        Largest level drawn; by default K (see `beyond_blur.config.level_checks.last_trained`).

    Returns
    -------
    dict with N = n * draws * levels_per_draw rows, images outermost, flows next
        ``x_k``, ``x_previous`` float32 (N, c, h, w): levels k and k - 1 under one velocity draw;
        ``k`` int64 (N,) in 1..last_level; ``image_index`` int64 (N,) position in ``images``.
    """
    n, m = len(images), options.levels_per_draw
    rng = np.random.default_rng((options.seed, first_draw, *map(int, image_ids)))
    k = stratified_levels(n, options.draws * m, last_level or trajectory.n_levels, rng)
    # Columns are strata; deal them out to the flows so that each flow sees the whole range.
    k = k.reshape(n, m, options.draws).swapaxes(1, 2)
    pairs = np.empty((n, options.draws, 2 * m, *images.shape[1:]), np.float32)
    for draw in range(options.draws):
        seeds = flow_seeds(options.seed, image_ids, first_draw + draw)
        wanted = np.concatenate([k[:, draw], k[:, draw] - 1], axis=1)
        pairs[:, draw] = corrupt(images, trajectory, seeds, wanted, backend, image_ids)
    shape = (-1, *images.shape[1:])
    return {
        "x_k": pairs[:, :, :m].reshape(shape),
        "x_previous": pairs[:, :, m:].reshape(shape),
        "k": k.reshape(-1),
        "image_index": np.repeat(np.arange(n), options.draws * m),
    }


def as_stored(states: np.ndarray, dtype: str) -> np.ndarray:
    """States in the number format that pairs are cached in.

    Raises
    ------
    NotFinite
        For states beyond the range of that format.
    """
    try:
        with np.errstate(over="raise"):
            return states.astype(dtype)
    except FloatingPointError as error:
        raise finite.NotFinite(
            f"pairs are not finite as {dtype}: grey values reach {np.abs(states).max():.3g}; set "
            "corruption.dtype: float32, or lower velocity.speed_limit"
        ) from error


def terminal_states(
    images: np.ndarray, image_ids: np.ndarray, trajectory: Trajectory, seed: int,
    backend: Backend | None = None,
) -> np.ndarray:  # fmt: skip
    """Images at level K, each under a fresh flow that no training pair has seen, (n, c, h, w).

    ``seed`` is ``Corruption.seed``; other arguments are those of :func:`draw_pairs`.
    """
    seeds = flow_seeds(seed, image_ids, TERMINAL_DRAW)
    keep = np.full((len(images), 1), trajectory.n_levels)
    return corrupt(images, trajectory, seeds, keep, backend, image_ids)[:, 0]
