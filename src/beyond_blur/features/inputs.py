"""Whether the images whose features are taken, and the network, are those of the job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from beyond_blur.config import to_json_values
from beyond_blur.config.evaluation_specs import FeaturesSpec
from beyond_blur.features.extractor import trained_by
from beyond_blur.storage import artifacts, belonging
from beyond_blur.storage.atomic import ArtifactError


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
        Path of the classifier or encoder, which was trained on the same images: by this run, or by
        another one where the job has a path of weights.

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
    if trained is not None:
        learnt = artifacts.read_manifest(trained, trained_by(job.extractor))
        if job.weights is None:
            belonging.check_together({path: manifest, trained: learnt})
        else:
            check_given(trained, learnt["traits"], manifest["traits"])
    return {name: value for name, value in manifest["traits"].items() if name != "shard"}


def check_given(path: str, learnt: Mapping[str, Any], measured: Mapping[str, Any]) -> None:
    """Refuse a network of another run that did not learn from the images of this one.

    Numbers of two machines are on one scale where the network is one; a network of other images
    may know some of those that are held out here.

    Parameters
    ----------
    path : str
        Of the network.
    learnt, measured : mapping
        Traits of the network, and of the images whose features are taken.

    Raises
    ------
    ArtifactError
        Naming the file, what it learnt from and what the images are of.
    """
    for name in ("dataset", "images"):
        theirs, ours = learnt.get(name), measured.get(name)
        if theirs != ours:
            raise ArtifactError(
                f"evaluation.weights = {path} learnt from {belonging.TRAITS[name]} "
                f"{belonging.shown(theirs)}, this run has {belonging.shown(ours)}: give a network "
                "that learnt from the same images, or leave evaluation.weights out"
            )
