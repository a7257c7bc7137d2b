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
    ConfigError,
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
    trained_name,
    untrained_name,
)
from beyond_blur.config.base import Delta
from beyond_blur.config.options import PLACES
from beyond_blur.config.options_of_kind import EVERY_EFFECT


@dataclass(frozen=True, config=STRICT)
class CorruptionSpec:
    """What the states of an image depend on, and which: of training pairs, or terminal ones.

    ``process`` and ``split`` change no state; they say whose states these are, and of which images.
    """

    peclet: float
    transport: bool
    velocity: Velocity
    levels: Levels
    corruption: Corruption
    process: str | None = None
    split: str | None = None


@dataclass(frozen=True, config=STRICT)
class TrajectorySpec:
    """What the strips of a process depend on, beside the weights."""

    process: ProcessSpec
    levels: Levels
    corruption: Corruption
    sampling: Sampling
    seed: int
    image_size: int
    training_seed: int = 0

    @property
    def name(self) -> str:
        """The network's name in paths."""
        return trained_name(self.process, self.training_seed)


@dataclass(frozen=True, config=STRICT)
class TrainingSpec:
    """What a network's weights depend on, and what its sample grids do: the sampler's noise."""

    process: ProcessSpec
    levels: Levels
    network: Network
    training: Training
    corruption: Corruption | None
    delta: float
    delta_spectrum: float = 0.0

    @property
    def name(self) -> str:
        """The network's name in paths."""
        return trained_name(self.process, self.training.seed)


FREE = ("checkpoint_every", "max_skipped", "watch_every", "watch_images", "tensorboard", "devices",
        "nodes", "gradient_checkpointing")  # fmt: skip
"""Options of training that no step depends on, but for the rounding that comes with the number of
processes: they may change before a run goes on, and change nothing once it has ended."""


OF_GRIDS = ("delta", "delta_spectrum")
"""What only a training's sample grids depend on."""


@dataclass(frozen=True, config=STRICT)
class SamplingSpec:
    """What samples depend on, beside the weights and the seed.

    ``prior`` is what their initial states are made from; None where they are drawn by hand.
    ``training_seed`` says which network draws them.
    """

    process: ProcessSpec
    levels: Levels
    sampling: Sampling
    prior: str | None = None
    training_seed: int = 0

    @property
    def name(self) -> str:
        """The network's name in paths."""
        return trained_name(self.process, self.training_seed)


def to_json(job: Any) -> str:
    """A job as the JSON text that a rule hands to its verb."""
    return json.dumps(to_json_values(job))


Described = TypeVar("Described")


def from_json(cls: type[Described], text: str) -> Described:
    """A job, or a section of the configuration, from its JSON text.

    Raises
    ------
    ConfigError
        If the text is no JSON, or not that of such a job.
    """
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(
            f"--spec is not valid JSON ({error}): give what the rule gives"
        ) from error
    return read(cls, values)


def without_cache(options: Corruption) -> Corruption:
    """Options with those of the cache of pairs, and threads, as by default.

    What is left decides a state that is no part of a cached pair.
    """
    usual = Corruption()
    return replace(options, threads=usual.threads, draws=usual.draws, dtype=usual.dtype,
                   levels_per_draw=usual.levels_per_draw)  # fmt: skip


def sampling_of(
    experiment: Experiment, process: ProcessSpec, delta: Delta | None = None
) -> Sampling:
    """Options of sampling from a process, with the number that ``delta: auto`` is for it.

    ``delta`` is another one than usual. Seeds and kinds of prior are as by default: a file's path
    says which it is of. So are options that do not reach the process, and delta is 0: for them no
    sample is to be drawn again.
    """
    usual, options = Sampling(), experiment.sampling
    reached = process.sampling_effects
    idle = {option: getattr(usual, option) for option in EVERY_EFFECT - reached}
    options = replace(options, seeds=usual.seeds, priors=usual.priors, **idle)
    delta = options.delta if delta is None else delta
    if delta == "auto":
        delta = process.unit_delta(
            experiment.levels, experiment.dataset.size, options.delta_spectrum
        )
    return replace(options, delta=delta if "delta" in reached else 0.0)


def find_process(experiment: Experiment, name: str) -> ProcessSpec:
    """The process of the experiment, or of its study, whose results lie under ``name``.

    ``name`` may be that of one of its networks.
    """
    processes = (*experiment.processes, *study_processes(experiment))
    return next(process for process in processes if slug(process) == untrained_name(name)[0])


def corruption_spec(experiment: Experiment, name: str, split: str = "train") -> CorruptionSpec:
    """The job of a process's pairs; threads do not change the result."""
    process = find_process(experiment, name)
    assert isinstance(process, AdvectionDiffusionOptions), "only its pairs are cached"
    return CorruptionSpec(
        process.peclet,
        process.transport,
        process.velocity,
        experiment.levels,
        replace(experiment.corruption, threads=1),
        name,
        split,
    )


def terminal_spec(experiment: Experiment, name: str, split: str = "train") -> CorruptionSpec:
    """The job of a process's terminal states, which no option of the cache of pairs changes."""
    job = corruption_spec(experiment, name, split)
    return replace(job, corruption=without_cache(job.corruption))


def trajectory_spec(experiment: Experiment, name: str) -> TrajectorySpec:
    """The spec of a process's strips: the first samples of the first seed, and their way there."""
    usual = Sampling()
    process = find_process(experiment, name)
    way = sampling_of(experiment, process)
    return TrajectorySpec(
        process,
        experiment.levels,
        without_cache(experiment.corruption),
        replace(way, n_samples=usual.n_samples, batch_size=usual.batch_size),
        experiment.sampling.seeds[0],
        experiment.dataset.size,
        untrained_name(name)[1],
    )


def training_spec(experiment: Experiment, name: str) -> TrainingSpec:
    """The job of one network of a process; the solver makes streamed pairs and held-out ones.

    Cached pairs, which options of the cache change, are files that the network is trained on.
    """
    process = find_process(experiment, name)
    way = sampling_of(experiment, process)
    return TrainingSpec(
        process,
        experiment.levels,
        experiment.network,
        replace(experiment.training, seeds=(untrained_name(name)[1],)),
        without_cache(experiment.corruption) if process.trains_on == "pairs" else None,
        way.step_noise,
        way.delta_spectrum,
    )


def lasting(job: TrainingSpec) -> dict[str, Any]:
    """The part of a training job that the weights depend on, as plain values.

    Left out are the options of training in `FREE`, and the sampler noise of the sample grids.
    """
    values = to_json_values(job)
    values = {key: value for key, value in values.items() if key not in OF_GRIDS}
    values["training"] = {k: v for k, v in values["training"].items() if k not in FREE}
    return values


def lasting_dataset(dataset: Dataset) -> dict[str, Any]:
    """The part of a dataset's options that its images depend on: not where their files lie."""
    return {k: v for k, v in to_json_values(dataset).items() if k not in (*PLACES, "fetch")}


def sampling_spec(
    experiment: Experiment,
    name: str,
    prior: str | None = None,
    calls: int | None = None,
    delta: Delta | None = None,
) -> SamplingSpec:
    """The spec of a network's samples, also with other network calls or delta than usual."""
    process = find_process(experiment, name)
    sampling = sampling_of(experiment, process, delta)
    if calls is not None:
        sampling = replace(sampling, steps=calls)
    return SamplingSpec(process, experiment.levels, sampling, prior, untrained_name(name)[1])


def forward_spec(experiment: Experiment, name: str) -> TrajectorySpec:
    """The spec of a process's forward states alone, which no option of the sampler changes.

    Nor does the training of a network.
    """
    return replace(trajectory_spec(experiment, untrained_name(name)[0]), sampling=Sampling())
