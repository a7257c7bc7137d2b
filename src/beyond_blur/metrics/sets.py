"""Any set of images measured against any other, with features of one extractor."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from beyond_blur.features.named_sets import features_of
from beyond_blur.features.ring_energies import ring_energies
from beyond_blur.metrics.checks import FewSamples
from beyond_blur.metrics.copying import Learnt, copying
from beyond_blur.metrics.measure import measure
from beyond_blur.metrics.spectral import spectral_distance

if TYPE_CHECKING:
    from beyond_blur.features import Extractor


def evaluate_sets(
    images: np.ndarray,
    reference: np.ndarray,
    extractor: Extractor,
    *,
    train: np.ndarray | None = None,
    nearest_k: int = 5,
    seed: int = 0,
    batch_size: int = 64,
    threads: int | None = None,
) -> dict[str, Any]:
    """Every metric of one set of images against another.

    Parameters
    ----------
    images, reference : uint8 array, shape (n, c, h, w)
        Of one height, width and number of channels (`data.image_sets.alike`).
    extractor : Extractor
        As `features.build_extractor` makes it.
    train : uint8 array, shape (k, c, h, w), optional
        Images that the sampler learnt from: tells whether it copies them, where ``reference`` is
        of images that it never saw.
    nearest_k : int
        k of precision, recall, density and coverage.
    seed : int
        Of the random subsets.
    batch_size : int
        Images per pass of the extractor.
    threads : int, optional
        CPU threads of the metrics.

    Returns
    -------
    dict
        JSON-ready: what was measured with what, and the numbers of `measure`. Few samples are not
        warned of: ``n_samples``, ``n_reference`` and ``feature_dim`` tell.

    Raises
    ------
    ValueError
        For fewer than nearest_k + 2 images, or images that the extractor does not take.
    """
    sets = {"images": images, "reference": reference}
    if train is not None:
        sets["train"] = train
    found_of = features_of(extractor, sets, batch_size)
    fake, real = found_of["images"], found_of["reference"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FewSamples)
        found = measure(
            fake, real, nearest_k=nearest_k, seed=seed, threads=threads, of="the images"
        )
    found |= spectral_distance(ring_energies(images), ring_energies(reference))._asdict()
    if train is not None:
        learnt, rng = Learnt(found_of["train"], real), np.random.default_rng(seed)
        found |= {"n_train": len(train)} | copying({"": fake}, learnt, rng, n_threads=threads)[""]
    return {
        "size": list(images.shape[2:]),
        "extractor": extractor.name,
        "resize": extractor.resize,
        "weights_sha256": extractor.weights_sha256,
        "nearest_k": nearest_k,
        "seed": seed,
        **found,
    }
