"""Whether a network and what its samples start from are those of the job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from beyond_blur.config import AdvectionDiffusionOptions, Levels, ProcessSpec, slug, to_json_values
from beyond_blur.config.plan import prior_split
from beyond_blur.config.rule_specs import SamplingSpec, TrajectorySpec
from beyond_blur.storage import belonging, cache_checks
from beyond_blur.storage.atomic import ArtifactError


@dataclass(frozen=True)
class Inputs:
    """The files that samples are drawn from.

    Attributes
    ----------
    weights : str
        Path of the trained network.
    trained : mapping
        Its manifest.
    prior : list of str
        Paths of the shards that initial states are made from.
    start : mapping
        Manifest of the first of them.
    """

    weights: str
    trained: Mapping[str, Any]
    prior: list[str]
    start: Mapping[str, Any]


def check_inputs(
    inputs: Inputs, job: SamplingSpec | TrajectorySpec, prior: str | None = None
) -> dict[str, Any]:
    """Refuse weights of another network or of other levels, and states that were not made for it.

    Parameters
    ----------
    inputs : Inputs
    job : SamplingSpec or TrajectorySpec
        What is sampled.
    prior : str, optional
        The kind of prior: ``train``, ``held_out`` or ``noise``.

    Returns
    -------
    dict
        Traits that weights and prior have in common, with ``process`` and ``prior``.

    Raises
    ------
    ArtifactError
        Naming the file, what it is of and what the job is of.
    """
    check_trained(inputs.weights, inputs.trained, job)
    check_start(inputs.prior[0], inputs.start, job.process, job.levels)
    split = None if prior is None else prior_split(prior)
    belonging.check(inputs.prior[0], inputs.start, split=split)
    both = {inputs.weights: inputs.trained, inputs.prior[0]: inputs.start}
    return {**belonging.check_together(both), "process": job.name, "prior": prior}


def check_explored(inputs: Inputs, job: SamplingSpec, by_hand: bool) -> dict[str, Any]:
    """`check_inputs` for the verbs sample and explore, by hand or for a job.

    By hand the weights say what is sampled, and any images may serve; terminal states have to be
    those of the process all the same.
    """
    if not by_hand:
        return check_inputs(inputs, job, job.prior)
    check_start(inputs.prior[0], inputs.start, job.process, job.levels)
    return {**belonging.origin(inputs.trained["traits"]), "process": job.name}


def check_trained(
    path: str, manifest: Mapping[str, Any], job: SamplingSpec | TrajectorySpec
) -> None:
    """Refuse weights that were not trained for this process, with this seed, on these levels.

    Raises
    ------
    ArtifactError
        With both networks, or the first key that differs.
    """
    theirs, ours = manifest["traits"].get("process"), job.name
    if theirs is None:
        belonging.check(path, manifest, process=ours)
    if theirs != ours:
        raise ArtifactError(
            f"{path} was trained for {theirs}, this job is {ours}: it was copied from elsewhere or "
            f"renamed; delete it and rerun, or name the weights of {ours}"
        )
    wanted = {"process": to_json_values(job.process), "levels": to_json_values(job.levels)}
    belonging.check_spec(path, {name: manifest["spec"][name] for name in wanted}, wanted)


def check_start(
    path: str, manifest: Mapping[str, Any], process: ProcessSpec, levels: Levels
) -> None:
    """Refuse initial states of another kind, or terminal states of another process.

    Raises
    ------
    ArtifactError
        With what the file holds, or the first key that differs.
    """
    wanted = "terminal" if process.starts_from == "terminal" else "images"
    if manifest["kind"] != wanted:
        raise ArtifactError(
            f"{path} holds {manifest['kind']}, but {slug(process)} starts from {wanted}: give "
            f"files of kind {wanted}"
        )
    if wanted == "terminal":
        belonging.check(path, manifest, process=slug(process))
        assert isinstance(process, AdvectionDiffusionOptions), "only its terminal states are kept"
        cache_checks.check_spec(path, manifest, process, levels)
