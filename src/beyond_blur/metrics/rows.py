"""The rows of one seed: every metric of its samples and of their floors, against real images."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from beyond_blur.config import to_json_values
from beyond_blur.config.evaluation_specs import MetricsSpec
from beyond_blur.features.ring_energies import rings_beside
from beyond_blur.metrics.checks import FewSamples
from beyond_blur.metrics.copies import copy_shares
from beyond_blur.metrics.copying import Learnt, copying
from beyond_blur.metrics.measure import measure
from beyond_blur.metrics.spectral import spectral_distance
from beyond_blur.storage.contents import FEATURES, array_of

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Samples:
    """What was drawn with one seed.

    Attributes
    ----------
    features : mapping
        Features (n, d) of each set: ``samples``, ``prior``, ``one_step``; beside each its ring
        energies (n, r), under `rings_beside` its name.
    pixels : mapping, optional
        The same sets as images and the ``source`` of their priors; without them no copies are
        looked for.
    prior_images : iterable of uint8 array, shape (m_i, c, h, w)
        The images that priors were made of, piece by piece.
    """

    features: Arrays
    pixels: Arrays | None = None
    prior_images: Iterable[np.ndarray] = ()


def rows(
    job: MetricsSpec, real: Mapping[str, Arrays], drawn: Samples | None, threads: int | None = None
) -> list[dict[str, Any]]:
    """One row for each set of images.

    Parameters
    ----------
    job : MetricsSpec
    real : mapping
        Of the splits ``train`` and ``held_out``: features ``images`` (n, d), their ring energies
        and ``index`` (n,).
    drawn : Samples or None
        What is measured; None for the ceiling, as many training images as there are samples.
    threads : int, optional
        CPU threads.

    Returns
    -------
    list of dict
        JSON-ready: the set's name, the reference's, the job, the metrics and the shares of copies.

    Raises
    ------
    ArtifactError
        For arrays that are missing, of another form, or do not belong together.
    ValueError
        As `measure` does.
    """
    for split in ("train", "held_out"):
        of = f"the features of {split} images"
        n = len(array_of(real[split], "images", FEATURES, of))
        array_of(real[split], rings_beside("images"), FEATURES, of, n)
    sets = {"train": random_rows(real["train"]["images"], job)}
    rings = {"train": random_rows(real["train"][rings_beside("images")], job)}
    more: list[dict[str, dict[str, Any]]] = []
    if drawn is not None:
        found, of = drawn.features, "the features of samples"
        array_of(found, "samples", FEATURES, of)
        sets = {n: found[n] for n in sampled_sets(job) if n in found}
        rings = {n: array_of(found, rings_beside(n), FEATURES, of, len(x)) for n, x in sets.items()}
        more = [shares_of_copies(job, real, drawn, threads), learnt(job, real, sets, threads)]
    split, reference = reference_of(job, real)
    _, usual = reference_of(job, real, rings_beside("images"))
    facts = {"reference": split, **to_json_values(replace(job, samples=None))}
    del facts["samples"]
    with warnings.catch_warnings():
        warnings.simplefilter("always", FewSamples)  # in the log for every set, not the first only
        return [
            {
                "images": name,
                **facts,
                **measured(name, values, reference, job, threads),
                **spectral_distance(rings[name], usual)._asdict(),
                **{key: value for of in more for key, value in of.get(name, {}).items()},
            }
            for name, values in sets.items()
        ]


def sampled_sets(job: MetricsSpec) -> tuple[str, ...]:
    """Image sets of a samples file that get a row; noise is no corrupted image, so no floor."""
    return ("samples", "one_step") if job.prior == "noise" else ("samples", "prior", "one_step")


def random_rows(values: np.ndarray, job: MetricsSpec, n: int | None = None) -> np.ndarray:
    """As many of the values, drawn with the job's seed, as there are samples (or n)."""
    n = min(n or job.n_samples, len(values))
    rng = np.random.default_rng(job.seed)
    return np.asarray(values[np.sort(rng.permutation(len(values))[:n])])


def reference_of(
    job: MetricsSpec, real: Mapping[str, Arrays], array: str = "images"
) -> tuple[str, np.ndarray]:
    """The split that a row is measured against, and an array of it, by default the features.

    Held-out images; but never the images that the priors were made of, or samples that only give
    those back would be perfect. So held-out priors are measured against training images, as many
    as there are held-out ones.
    """
    held_out = real["held_out"][array]
    if job.prior != "held_out":
        return "held_out", held_out
    return "train", random_rows(real["train"][array], job, len(held_out))


def measured(
    name: str, values: np.ndarray, reference: np.ndarray, job: MetricsSpec, threads: int | None
) -> dict[str, Any]:
    """The metrics of one row with the job's options."""
    return measure(
        values,
        reference,
        nearest_k=job.nearest_k,
        seed=job.seed,
        infinity_sizes=job.infinity_sizes,
        kid_subsets=job.kid_subsets,
        threads=threads,
        of=name,
    )


def shares_of_copies(
    job: MetricsSpec, real: Mapping[str, Arrays], drawn: Samples, threads: int | None
) -> dict[str, dict[str, float]]:
    """Copies among the images of the split that priors were taken from; nothing for noise."""
    if drawn.pixels is None or job.prior is None or job.prior not in real:
        return {}
    names = [name for name in sampled_sets(job) if name in drawn.features]
    shares = copy_shares(
        drawn.features, drawn.pixels, real[job.prior], drawn.prior_images, names, threads
    )
    start = "" if job.prior == "train" else "held_out_"
    return {
        name: {f"{start}{column}": share for column, share in of_set.items()}
        for name, of_set in shares.items()
    }


def learnt(
    job: MetricsSpec, real: Mapping[str, Arrays], sets: Arrays, threads: int | None
) -> dict[str, dict[str, float]]:
    """Copies of any training image, of each set, whatever its priors were made of."""
    known = Learnt(real["train"]["images"], real["held_out"]["images"])
    return copying(sets, known, np.random.default_rng(job.seed), n_threads=threads)
