"""The part of the configuration that each rule of the evaluation depends on; see `rule_specs`.

Every one says which samples it is of, whole, so that whoever reads a file can compare.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from pydantic.dataclasses import dataclass

from beyond_blur.config import STRICT, Experiment
from beyond_blur.config.base import Delta, Many
from beyond_blur.config.plan import first_trained, prior_split, priors
from beyond_blur.config.rule_specs import (
    CorruptionSpec,
    SamplingSpec,
    find_process,
    sampling_spec,
    terminal_spec,
)

Row = tuple[str | None, str | None, int]
"""Network, prior and seed of a file of metrics; of real images only the seed."""


@dataclass(frozen=True, config=STRICT)
class FeaturesSpec:
    """What features depend on, and which images they are of: of a split, or samples of a seed."""

    extractor: str
    weights: str | None
    batch_size: int
    split: str | None = None
    samples: SamplingSpec | None = None
    seed: int | None = None


@dataclass(frozen=True, config=STRICT)
class ClassifierSpec:
    """What the classifier whose features are measured depends on."""

    iterations: int
    seed: int


@dataclass(frozen=True, config=STRICT)
class EncoderSpec:
    """What the encoder of extractor ``self-supervised`` depends on."""

    iterations: int
    seed: int


@dataclass(frozen=True, config=STRICT)
class MetricsSpec:
    """What a row's numbers depend on, which samples they are of, and what the row is called."""

    extractor: str
    nearest_k: int
    infinity_sizes: int
    kid_subsets: int
    n_samples: int
    seed: int
    process: str | None = None
    peclet: float | None = None
    prior: str | None = None
    samples: SamplingSpec | None = None
    training_seed: int | None = None


@dataclass(frozen=True, config=STRICT)
class NeighboursSpec:
    """Which samples, of one seed, are shown beside their nearest training images."""

    extractor: str
    samples: SamplingSpec
    seed: int


@dataclass(frozen=True, config=STRICT)
class AmplitudeSpec:
    """What the amplitude left in states is measured with, and whose states they are.

    Attributes
    ----------
    process, peclet
        What the row is called.
    sigma : float
        Blur width of the last level, pixels: pure blur of that width is compared with.
    noise : float
        What the sampler adds to the states.
    prior : str
        The split of the images that the states were made of.
    states, samples
        How the states were made: terminal ones, or those that the samples of ``seed`` started from.
    """

    process: str
    peclet: float | None
    sigma: float
    noise: float
    prior: str
    states: CorruptionSpec | None = None
    samples: SamplingSpec | None = None
    seed: int | None = None


@dataclass(frozen=True, config=STRICT)
class TableSpec:
    """The files that a table is made of, each told once.

    Attributes
    ----------
    metrics : MetricsSpec
        Of a real row; of the others, process, Peclet number, prior, samples and seeds differ.
    samples : dict of str to SamplingSpec
        Every network's, by its name in paths, whatever its prior.
    rows : tuple of (network, prior, seed)
        One for each file, in their order; of real images, without network and prior.
    """

    metrics: MetricsSpec
    samples: dict[str, SamplingSpec]
    rows: Many[tuple[str | None, str | None, int]]


def made_with(rows: Any, preset: str, methods: str) -> dict[str, Any]:
    """What the manifest of a table says that it was made with.

    Parameters
    ----------
    rows : JSON value
        Of its `TableSpec`.
    preset : str
        What the table is of.
    methods : str
        ``evaluation.table_methods``; rows, as they are unless told otherwise, are not named.
    """
    turned = {} if methods == "rows" else {"methods": methods}
    return {"preset": preset, **turned, "rows": rows}


def features_spec(experiment: Experiment, split: str | None = None) -> FeaturesSpec:
    """The job of the features of real images."""
    evaluation = experiment.evaluation
    return FeaturesSpec(
        evaluation.extractor, evaluation.weights, evaluation.batch_size, split=split
    )


def sample_features_spec(
    experiment: Experiment,
    name: str,
    prior: str,
    seed: int,
    calls: int | None = None,
    delta: Delta | None = None,
) -> FeaturesSpec:
    """The job of the features of the samples of one seed."""
    samples = sampling_spec(experiment, name, prior, calls, delta)
    return replace(features_spec(experiment), samples=samples, seed=seed)


def classifier_spec(experiment: Experiment) -> ClassifierSpec:
    """The job of the classifier: the same whatever seeds the networks have that it measures."""
    evaluation = experiment.evaluation
    return ClassifierSpec(evaluation.classifier_iterations, evaluation.network_seed)


def encoder_spec(experiment: Experiment) -> EncoderSpec:
    """The job of the encoder: likewise."""
    evaluation = experiment.evaluation
    return EncoderSpec(evaluation.encoder_iterations, evaluation.network_seed)


def metrics_spec(
    experiment: Experiment,
    seed: int,
    name: str | None = None,
    prior: str | None = None,
    calls: int | None = None,
    delta: Delta | None = None,
) -> MetricsSpec:
    """The job of one table row's numbers for one seed; without a process, of the real images."""
    real = MetricsSpec(
        experiment.evaluation.extractor,
        experiment.evaluation.nearest_k,
        experiment.evaluation.infinity_sizes,
        experiment.evaluation.kid_subsets,
        experiment.sampling.n_samples,
        seed,
    )
    if name is None:
        return real
    return of_samples(real, sampling_spec(experiment, name, prior, calls, delta))


def of_samples(real: MetricsSpec, samples: SamplingSpec) -> MetricsSpec:
    """The job of a row of samples, from that of a real row of the same seed."""
    process = samples.process
    return replace(
        real,
        process=process.name,
        peclet=process.flow_peclet,
        prior=samples.prior,
        samples=samples,
        training_seed=samples.training_seed,
    )


def neighbours_spec(experiment: Experiment, name: str) -> NeighboursSpec:
    """The job of the neighbours of a process's first samples."""
    samples = sampling_spec(experiment, name, priors(experiment, name)[0])
    return NeighboursSpec(experiment.evaluation.extractor, samples, experiment.sampling.seeds[0])


def amplitude_spec(experiment: Experiment, name: str) -> AmplitudeSpec:
    """The job of what is left of the images in the states that a process's samples start from.

    Terminal states lack the noise that the sampler adds; the initial states kept beside samples
    have it.
    """
    process, levels = find_process(experiment, name), experiment.levels
    sigma = levels.given[-1] if levels.spacing == "given" else levels.sigma_max
    prior = priors(experiment, name)[0]
    spec = AmplitudeSpec(process.name, process.flow_peclet, sigma, 0.0, prior_split(prior))
    if process.starts_from == "terminal":
        noise = process.input_noise if experiment.sampling.prior_noise else 0.0
        return replace(spec, noise=noise, states=terminal_spec(experiment, name, spec.prior))
    samples = sampling_spec(experiment, first_trained(experiment, name), prior)
    return replace(spec, samples=samples, seed=experiment.sampling.seeds[0])


def table_spec(experiment: Experiment, rows: Iterable[Row]) -> TableSpec:
    """The job of a table of these files."""
    real = metrics_spec(experiment, experiment.sampling.seeds[0])
    rows = tuple(rows)
    named = dict.fromkeys(name for name, _, _ in rows if name is not None)
    return TableSpec(real, {name: sampling_spec(experiment, name) for name in named}, rows)


def wanted_metrics(table: TableSpec) -> list[MetricsSpec]:
    """The job that each file of a table was made by, in their order."""
    wanted = []
    for name, prior, seed in table.rows:
        real = replace(table.metrics, seed=seed)
        if name is None:
            wanted.append(real)
        else:
            wanted.append(of_samples(real, replace(table.samples[name], prior=prior)))
    return wanted
