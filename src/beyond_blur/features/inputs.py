"""Whether the images whose features are taken, and the network, are those of the job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from beyond_blur.config import to_json_values
from beyond_blur.config.evaluation_specs import FeaturesSpec
from beyond_blur.features.extractor import trained_by
from beyond_blur.storage import artifacts, belonging


def check_images(
    job: FeaturesSpec, path: str, manifest: Mapping[str, Any], trained: str | None
) -> dict[str, Any]:
    """Refuse images of another split, or samples of another process, prior or seed.

    Parameters
    ----------
    job : FeaturesSpec
    path : str
        Of the images, the first of several shards.
    manifest : mapping
        Its manifest.
    trained : str, optional
        Path of the classifier or encoder, which was trained on the same data set.

    Returns
    -------
    dict
        What the images are of, for whoever reads their features.

    Raises
    ------
    ArtifactError
        Naming the file, what it is of and what the job is of.
    """
    belonging.check(path, manifest, split=job.split)
    if job.samples is not None:
        process, prior = job.samples.name, job.samples.prior
        belonging.check(path, manifest, process=process, prior=prior, seed=job.seed)
        wanted = {**to_json_values(job.samples), "seed": job.seed}
        belonging.check_spec(path, manifest["spec"], wanted)
    files = {path: manifest}
    if trained is not None:
        files[trained] = artifacts.read_manifest(trained, trained_by(job.extractor))
    belonging.check_together(files)
    return {name: value for name, value in manifest["traits"].items() if name != "shard"}
