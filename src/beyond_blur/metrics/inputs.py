"""Whether features, samples and images are those that a job measures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from beyond_blur.config import slug, to_json_values
from beyond_blur.config.evaluation_specs import AmplitudeSpec, MetricsSpec, NeighboursSpec
from beyond_blur.config.rule_specs import SamplingSpec
from beyond_blur.storage import artifacts, belonging, shards
from beyond_blur.storage.contents import IMAGES, Form, array_of


@dataclass(frozen=True)
class Given:
    """A file of a job.

    Attributes
    ----------
    path : str
        Of the first of several shards.
    file : Artifact
        What they hold together.
    """

    path: str
    file: artifacts.Artifact

    @classmethod
    def read(cls, paths: str | list[str], kind: str) -> Given:
        """A file, or shards of one set, read and verified."""
        if isinstance(paths, str):
            return cls(paths, artifacts.load(paths, kind))
        return cls(paths[0], shards.load_shards(paths, kind))

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """What it holds."""
        return self.file.arrays

    def array(self, name: str, form: Form, n: int | None = None) -> np.ndarray:
        """One array of it, see `contents.array_of`."""
        return array_of(self.arrays, name, form, self.path, n)

    @property
    def manifest(self) -> dict[str, Any]:
        """What it says of itself."""
        return self.file.manifest

    @property
    def checksum(self) -> str:
        """Of all of it."""
        return self.file.checksum


def check_measured(
    job: MetricsSpec | NeighboursSpec,
    files: Mapping[str, Given],
    prior_images: Sequence[str] = (),
) -> dict[str, Any]:
    """Refuse files that are not what the job measures.

    Parameters
    ----------
    job : MetricsSpec or NeighboursSpec
    files : mapping of str to Given
        By what they serve as: features ``train`` and ``held_out`` of the real images, ``features``
        of the samples, the ``samples`` and the training images ``images``. What is not there is
        not looked at.
    prior_images : sequence of str
        Shards of the images that priors were made of; none of noise.

    Returns
    -------
    dict
        What all files are of, and whose samples they measure.

    Raises
    ------
    ArtifactError
        Naming the file, what it is of and what the job is of.
    """
    splits = {"train": "train", "held_out": "held_out", "images": "train"}
    for role, file in files.items():
        belonging.check(file.path, file.manifest, split=splits.get(role))
        if file.manifest["kind"] == "features":
            belonging.check(file.path, file.manifest, extractor=job.extractor)
    traits: dict[str, Any] = {}
    if job.samples is not None:
        traits = {"process": job.samples.name, "prior": job.samples.prior}
        check_drawn(job.samples, job.seed, files)
    together = {file.path: file.manifest for file in files.values()}
    if prior_images:
        shards.check_agreement(prior_images, "images")
        together[prior_images[0]] = artifacts.read_manifest(prior_images[0], "images")
        belonging.check(prior_images[0], together[prior_images[0]], split=traits.get("prior"))
    return {**belonging.check_together(together), **traits, "seed": job.seed}


def pictures(paths: Sequence[str]) -> Iterator[np.ndarray]:
    """The images of some shards, one after the other: uint8 (m_i, c, h, w)."""
    for path in paths:
        yield Given.read(path, "images").array("images", IMAGES)


def check_drawn(samples: SamplingSpec, seed: int, files: Mapping[str, Given]) -> None:
    """Refuse samples and their features that are not those of the job.

    Raises
    ------
    ArtifactError
        Naming the file, what it is of and what the job is of.
    """
    whose = {"process": samples.name, "prior": samples.prior, "seed": seed}
    features, drawn = files.get("features"), files.get("samples")
    spec = to_json_values(samples)
    wanted = {"samples": spec, "seed": seed}
    if features is not None:
        belonging.check(features.path, features.manifest, **whose)
        made = {name: features.manifest["spec"].get(name) for name in wanted}
        belonging.check_spec(features.path, made, wanted)
    if drawn is not None:
        belonging.check(drawn.path, drawn.manifest, **whose)
        made = drawn.manifest["spec"]
        belonging.check_spec(drawn.path, made, {**spec, "seed": seed})
    if features is not None and drawn is not None:
        belonging.check_input(features.path, features.manifest, "images", drawn.checksum)


def check_states(job: AmplitudeSpec, states: Given, images: Given) -> dict[str, Any]:
    """Refuse states that are not those of the job, or images that they were not made of.

    Returns
    -------
    dict
        What both are of, and whose states they are.

    Raises
    ------
    ArtifactError
        Naming the file, what it is of and what the job is of.
    """
    belonging.check(images.path, images.manifest, split=job.prior)
    process: str | None = None
    if job.states is not None:
        process = job.states.process
        belonging.check(states.path, states.manifest, process=process, split=job.prior)
        belonging.check_spec(states.path, states.manifest["spec"], to_json_values(job.states))
    elif job.samples is not None and job.seed is not None:
        process = slug(job.samples.process)
        check_drawn(job.samples, job.seed, {"samples": states})
    shared = belonging.check_together({f.path: f.manifest for f in (states, images)})
    return {**shared, "process": process, "prior": job.prior}
