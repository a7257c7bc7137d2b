"""The part of the configuration that each rule depends on.

A rule's ``params`` hold one of these as JSON, and its verb reads it back. A changed key reruns the
rules whose job holds it, and no others; that is why a job holds no more than its stage needs.
Nothing heavier than Pydantic: the workflow builds every job at parse time.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, TypeVar

from pydantic.dataclasses import dataclass

from beyond_blur.config import (
    STRICT,
    AdvectionDiffusionOptions,
    Corruption,
    Dataset,
    Experiment,
    Levels,
    Network,
    ProcessSpec,
    Sampling,
    Training,
    Velocity,
    read,
    slug,
    study_processes,
    to_json_values,
)


@dataclass(frozen=True, config=STRICT)
class CorruptionSpec:
    """What the states of an image depend on: those of training pairs, or terminal ones."""

    peclet: float
    transport: bool
    velocity: Velocity
    levels: Levels
    corruption: Corruption


@dataclass(frozen=True, config=STRICT)
class TrajectorySpec:
    """What the strips of a process depend on, beside the weights."""

    process: ProcessSpec
    levels: Levels
    corruption: Corruption
    sampling: Sampling
    seed: int
    image_size: int


@dataclass(frozen=True, config=STRICT)
class TrainingSpec:
    """What a network's weights depend on, and what its sample grids do: the sampler noise delta."""

    process: ProcessSpec
    levels: Levels
    network: Network
    training: Training
    corruption: Corruption | None
    delta: float


FREE = ("checkpoint_every", "max_skipped", "watch_every", "watch_images", "tensorboard", "devices",
        "nodes", "gradient_checkpointing")  # fmt: skip
"""Options of training that no step depends on, but for the rounding that comes with the number of
processes: they may change before a run goes on, and change nothing once it has ended."""


@dataclass(frozen=True, config=STRICT)
class SamplingSpec:
    """What samples depend on, beside the weights and the seed."""

    process: ProcessSpec
    levels: Levels
    sampling: Sampling


@dataclass(frozen=True, config=STRICT)
class FeaturesSpec:
    """What features depend on, beside the images."""

    extractor: str
    weights: str | None
    batch_size: int


@dataclass(frozen=True, config=STRICT)
class ClassifierSpec:
    """What the classifier whose features are measured depends on."""

    iterations: int
    seed: int


@dataclass(frozen=True, config=STRICT)
class MetricsSpec:
    """What a row's numbers depend on, beside the features, and what the row is called."""

    extractor: str
    nearest_k: int
    infinity_sizes: int
    kid_subsets: int
    n_samples: int
    seed: int
    process: str | None = None
    peclet: float | None = None
    prior: str | None = None


RuleSpec = (
    CorruptionSpec
    | TrajectorySpec
    | TrainingSpec
    | SamplingSpec
    | FeaturesSpec
    | ClassifierSpec
    | MetricsSpec
)


def to_json(job: RuleSpec | Dataset) -> str:
    """A job as the JSON text that a rule hands to its verb."""
    return json.dumps(to_json_values(job))


Described = TypeVar("Described")


def from_json(cls: type[Described], text: str) -> Described:
    """A job, or a section of the configuration, from its JSON text."""
    return read(cls, json.loads(text))


def without_cache(options: Corruption) -> Corruption:
    """Options with those of the cache of pairs, and threads, as by default.

    What is left decides a state that is no part of a cached pair.
    """
    usual = Corruption()
    return replace(options, threads=usual.threads, draws=usual.draws, dtype=usual.dtype,
                   levels_per_draw=usual.levels_per_draw)  # fmt: skip


def without_seeds(options: Sampling) -> Sampling:
    """Options with seeds and kinds of prior as by default: a file's path says which it is of."""
    usual = Sampling()
    return replace(options, seeds=usual.seeds, priors=usual.priors)


def find_process(experiment: Experiment, name: str) -> ProcessSpec:
    """The process of the experiment, or of its study, whose results lie under ``name``."""
    processes = (*experiment.processes, *study_processes(experiment))
    return next(process for process in processes if slug(process) == name)


def corruption_spec(experiment: Experiment, name: str) -> CorruptionSpec:
    """The job of a process's pairs; threads do not change the result."""
    process = find_process(experiment, name)
    assert isinstance(process, AdvectionDiffusionOptions), "only its pairs are cached"
    return CorruptionSpec(
        process.peclet,
        process.transport,
        process.velocity,
        experiment.levels,
        replace(experiment.corruption, threads=1),
    )


def terminal_spec(experiment: Experiment, name: str) -> CorruptionSpec:
    """The job of a process's terminal states, which no option of the cache of pairs changes."""
    job = corruption_spec(experiment, name)
    return replace(job, corruption=without_cache(job.corruption))


def trajectory_spec(experiment: Experiment, name: str) -> TrajectorySpec:
    """The spec of a process's strips: the first samples of the first seed, and their way there."""
    usual = Sampling()
    way = without_seeds(experiment.sampling)
    return TrajectorySpec(
        find_process(experiment, name),
        experiment.levels,
        without_cache(experiment.corruption),
        replace(way, n_samples=usual.n_samples, batch_size=usual.batch_size),
        experiment.sampling.seeds[0],
        experiment.dataset.size,
    )


def training_spec(experiment: Experiment, name: str) -> TrainingSpec:
    """The job of a process's network; the solver makes streamed pairs and held-out ones.

    Cached pairs, which options of the cache change, are files that the network is trained on.
    """
    process = find_process(experiment, name)
    return TrainingSpec(
        process,
        experiment.levels,
        experiment.network,
        experiment.training,
        without_cache(experiment.corruption) if process.trains_on == "pairs" else None,
        experiment.sampling.delta,
    )


def lasting(job: TrainingSpec) -> dict[str, Any]:
    """The part of a training job that the weights depend on, as plain values.

    Left out are the options of training in `FREE`, and the sampler noise of the sample grids.
    """
    values = to_json_values(job)
    values.pop("delta")
    values["training"] = {k: v for k, v in values["training"].items() if k not in FREE}
    return values


def sampling_spec(experiment: Experiment, name: str) -> SamplingSpec:
    """The spec of a process's samples."""
    process, sampling = find_process(experiment, name), without_seeds(experiment.sampling)
    return SamplingSpec(process, experiment.levels, sampling)


def forward_spec(experiment: Experiment, name: str) -> TrajectorySpec:
    """The spec of a process's forward states alone, which no option of the sampler changes."""
    return replace(trajectory_spec(experiment, name), sampling=Sampling())


def features_spec(experiment: Experiment) -> FeaturesSpec:
    """The job of every feature file."""
    evaluation = experiment.evaluation
    return FeaturesSpec(evaluation.extractor, evaluation.weights, evaluation.batch_size)


def classifier_spec(experiment: Experiment) -> ClassifierSpec:
    """The job of the classifier."""
    return ClassifierSpec(experiment.evaluation.classifier_iterations, experiment.training.seed)


def metrics_spec(
    experiment: Experiment, seed: int, name: str | None = None, prior: str | None = None
) -> MetricsSpec:
    """The job of one table row's numbers for one seed; without a process, of the real images."""
    process = None if name is None else find_process(experiment, name)
    return MetricsSpec(
        experiment.evaluation.extractor,
        experiment.evaluation.nearest_k,
        experiment.evaluation.infinity_sizes,
        experiment.evaluation.kid_subsets,
        experiment.sampling.n_samples,
        seed,
        None if process is None else process.name,
        None if process is None else process.flow_peclet,
        prior,
    )
