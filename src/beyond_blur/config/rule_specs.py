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
    Precision,
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
class CorruptionJob:
    """What the states of an image depend on: those of training pairs, or terminal ones."""

    peclet: float
    transport: bool
    velocity: Velocity
    levels: Levels
    corruption: Corruption


@dataclass(frozen=True, config=STRICT)
class TrajectoryJob:
    """What the strips of a process depend on, beside the weights."""

    process: ProcessSpec
    levels: Levels
    corruption: Corruption
    delta: float
    seed: int
    image_size: int
    steps: int | None
    prior_noise: bool
    last_noise: bool
    precision: Precision
    compile: bool


@dataclass(frozen=True, config=STRICT)
class TrainingJob:
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
class SamplingJob:
    """What samples depend on, beside the weights and the seed."""

    process: ProcessSpec
    levels: Levels
    n_samples: int
    delta: float
    batch_size: int
    steps: int | None
    prior_noise: bool
    last_noise: bool
    precision: Precision
    compile: bool


@dataclass(frozen=True, config=STRICT)
class FeaturesJob:
    """What features depend on, beside the images."""

    extractor: str
    weights: str | None
    batch_size: int


@dataclass(frozen=True, config=STRICT)
class ClassifierJob:
    """What the classifier whose features are measured depends on."""

    iterations: int
    seed: int


@dataclass(frozen=True, config=STRICT)
class MetricsJob:
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


Job = (
    CorruptionJob
    | TrajectoryJob
    | TrainingJob
    | SamplingJob
    | FeaturesJob
    | ClassifierJob
    | MetricsJob
)


def to_json(job: Job | Dataset) -> str:
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


def find_process(experiment: Experiment, name: str) -> ProcessSpec:
    """The process of the experiment, or of its study, whose results lie under ``name``."""
    processes = (*experiment.processes, *study_processes(experiment))
    return next(process for process in processes if slug(process) == name)


def corruption_job(experiment: Experiment, name: str) -> CorruptionJob:
    """The job of a process's pairs; threads do not change the result."""
    process = find_process(experiment, name)
    assert isinstance(process, AdvectionDiffusionOptions), "only its pairs are cached"
    return CorruptionJob(
        process.peclet,
        process.transport,
        process.velocity,
        experiment.levels,
        replace(experiment.corruption, threads=1),
    )


def terminal_job(experiment: Experiment, name: str) -> CorruptionJob:
    """The job of a process's terminal states, which no option of the cache of pairs changes."""
    job = corruption_job(experiment, name)
    return replace(job, corruption=without_cache(job.corruption))


def trajectory_job(experiment: Experiment, name: str) -> TrajectoryJob:
    """The job of a process's strips: the first samples of the first seed, and their way there."""
    sampling = experiment.sampling
    return TrajectoryJob(
        find_process(experiment, name),
        experiment.levels,
        without_cache(experiment.corruption),
        sampling.delta,
        sampling.seeds[0],
        experiment.dataset.size,
        sampling.steps,
        sampling.prior_noise,
        sampling.last_noise,
        sampling.precision,
        sampling.compile,
    )


def training_job(experiment: Experiment, name: str) -> TrainingJob:
    """The job of a process's network; the solver makes streamed pairs and held-out ones.

    Cached pairs, which options of the cache change, are files that the network is trained on.
    """
    process = find_process(experiment, name)
    return TrainingJob(
        process,
        experiment.levels,
        experiment.network,
        experiment.training,
        without_cache(experiment.corruption) if process.trains_on == "pairs" else None,
        experiment.sampling.delta,
    )


def lasting(job: TrainingJob) -> dict[str, Any]:
    """The part of a training job that the weights depend on, as plain values.

    Left out are the options of training in `FREE`, and the sampler noise of the sample grids.
    """
    values = to_json_values(job)
    values.pop("delta")
    values["training"] = {k: v for k, v in values["training"].items() if k not in FREE}
    return values


def sampling_job(experiment: Experiment, name: str) -> SamplingJob:
    """The job of a process's samples."""
    sampling = experiment.sampling
    return SamplingJob(
        find_process(experiment, name),
        experiment.levels,
        sampling.n_samples,
        sampling.delta,
        sampling.batch_size,
        sampling.steps,
        sampling.prior_noise,
        sampling.last_noise,
        sampling.precision,
        sampling.compile,
    )


def forward_job(experiment: Experiment, name: str) -> TrajectoryJob:
    """The job of a process's forward states alone, which no option of the sampler changes."""
    usual = Sampling()
    return replace(
        trajectory_job(experiment, name), delta=0.0, steps=usual.steps,
        prior_noise=usual.prior_noise, last_noise=usual.last_noise, precision=usual.precision,
        compile=usual.compile,
    )  # fmt: skip


def features_job(experiment: Experiment) -> FeaturesJob:
    """The job of every feature file."""
    evaluation = experiment.evaluation
    return FeaturesJob(evaluation.extractor, evaluation.weights, evaluation.batch_size)


def classifier_job(experiment: Experiment) -> ClassifierJob:
    """The job of the classifier."""
    return ClassifierJob(experiment.evaluation.classifier_iterations, experiment.training.seed)


def metrics_job(
    experiment: Experiment, seed: int, name: str | None = None, prior: str | None = None
) -> MetricsJob:
    """The job of one table row's numbers for one seed; without a process, of the real images."""
    process = None if name is None else find_process(experiment, name)
    return MetricsJob(
        experiment.evaluation.extractor,
        experiment.evaluation.nearest_k,
        experiment.evaluation.infinity_sizes,
        experiment.evaluation.kid_subsets,
        experiment.sampling.n_samples,
        seed,
        None if process is None else process.name,
        getattr(process, "peclet", None),
        prior,
    )
