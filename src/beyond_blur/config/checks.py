"""Checks that need more than one value: schedule, speed, names, files, numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator

from beyond_blur.config.advection_study import study_processes
from beyond_blur.config.base import ConfigError
from beyond_blur.config.between_walls import wall_problems
from beyond_blur.config.experiment import Experiment, slug, untrained_name
from beyond_blur.config.options import Dataset, Levels, Network
from beyond_blur.config.rising import first_fall
from beyond_blur.config.run_options import Sampling, Study, Training

Problems = Callable[[Experiment], Iterable[str]]
"""What is wrong with an experiment, a line each."""


LEAST_RATE = 1e-9
"""Smallest learning rate that trains: Adam's step is about the rate, and beside weights of about
0.02 float32 tells numbers apart from 1e-9 on."""


def nothing(experiment: Experiment) -> Iterable[str]:
    """No problems."""
    return ()


def check(experiment: Experiment, more: Problems = nothing) -> None:
    """The checks that need more than one value: schedule, stability, names, numbers.

    Parameters
    ----------
    experiment : Experiment
    more : function of the experiment to lines
        Problems that configuration alone cannot know of, to be told with the others: of the files
        of a dataset (`beyond_blur.data.readers.problems`).

    Raises
    ------
    ConfigError
        A line for each problem: the key, the value and what to do.
    """
    low, high = experiment.corruption.grey_range
    grey = f"corruption.grey_range = [{low:g}, {high:g}] must be positive and rise"
    _refuse(
        [
            *_level_problems(experiment.levels),
            *_process_problems(experiment),
            *wall_problems(experiment.processes, experiment.corruption),
            *_study_names(experiment),
            *(_study_problems(experiment) if experiment.study != Study() else ()),
            *_dataset_problems(experiment.dataset),
            *_network_problems(experiment.network, experiment.dataset.size),
            *([] if 0 < low < high else [grey]),
            *_device_problems(experiment),
            *_number_problems(experiment),
            *_step_problems(experiment),
            *_rate_problems(experiment.training),
            *_seed_problems("training.seeds", experiment.training.seeds),
            *_sampling_problems(experiment.sampling),
            *more(experiment),
        ]
    )


def check_study(experiment: Experiment) -> None:
    """What only the study asks of an experiment: flows the lattice carries, levels to sample at.

    Called where the study is made only: other runs do not have to be able to make one.

    Raises
    ------
    ConfigError
        A line for each problem: the key, the value and what to do.
    """
    _refuse(_study_problems(experiment))


def _refuse(lines: Iterable[str]) -> None:
    """Each line once: processes that share options share their problems."""
    text = "\n".join(dict.fromkeys(lines))
    if text:
        raise ConfigError(text)


def last_trained(n_levels: int, train_last_level: bool) -> int:
    """The largest level that training draws: K, or K - 1 where the last is left out.

    Raises
    ------
    ConfigError
        If no level is left.
    """
    last = n_levels if train_last_level else n_levels - 1
    if last < 1:
        raise ConfigError(
            f"levels.train_last_level = false leaves none of {n_levels} levels to train on: raise "
            "levels.n_levels to 2 or more, or train the last one, too"
        )
    return last


def _level_problems(levels: Levels) -> Iterator[str]:
    try:
        last_trained(levels.n_levels, levels.train_last_level)
    except ConfigError as error:
        yield str(error)
    if levels.spacing == "given":
        if len(levels.given) != levels.n_levels:
            yield (
                f"levels.given has {len(levels.given)} blur widths for levels.n_levels = "
                f"{levels.n_levels}: give one for each level"
            )
        if first_fall((0.0, *levels.given)) is not None:
            yield f"levels.given = {list(levels.given)} must be positive and increase"
    elif levels.sigma_max <= levels.sigma_min:
        yield (
            f"levels.sigma_max = {levels.sigma_max:g} must be above "
            f"levels.sigma_min = {levels.sigma_min:g}"
        )


def _process_problems(experiment: Experiment) -> Iterator[str]:
    if not experiment.processes:
        yield "processes is empty: name at least one, e.g. kind: advection_diffusion"
    seen: set[str] = set()
    for process in experiment.processes:
        name = slug(process)
        if name in seen:
            yield f"two processes are called {name}: give one another name (key name)"
        seen.add(name)
        if untrained_name(name) != (name, 0):
            yield (
                f"a process is called {name}, as the networks of another training seed are: give "
                "it another name (key name)"
            )
        yield from process.problems(experiment.dataset.size)
        sampling = experiment.sampling
        if process.kind == "own" and (sampling.last_noise or not sampling.prior_noise):
            key, value = ("last_noise", "true") if sampling.last_noise else ("prior_noise", "false")
            yield (
                f"sampling.{key} = {value} does not reach process {name} (kind: own), "
                "whose class adds its own noise: give the class an option for it (options:) and "
                f"leave sampling.{key} out"
            )


def _study_names(experiment: Experiment) -> Iterator[str]:
    """Names that are taken, and numbers that stand twice."""
    yield from _doubled("study.peclet", experiment.study.peclet, "number")
    yield from _doubled("study.flows", experiment.study.flows, "flow")
    yield from _doubled("study.baselines", experiment.study.baselines, "method")
    yield from _doubled("study.deltas", experiment.study.deltas, "delta")
    taken = {slug(process): process for process in experiment.processes}
    for process in study_processes(experiment):
        if taken.get(slug(process), process) != process:
            yield (
                f"processes: {slug(process)} is the name of another process, of the study: "
                "give yours another name (key name)"
            )


def _study_problems(experiment: Experiment) -> Iterator[str]:
    if any(peclet <= 0 for peclet in experiment.study.peclet):
        yield (
            f"study.peclet = {list(experiment.study.peclet)}: numbers above 0; IHDM stands "
            "for no flow"
        )
    processes = study_processes(experiment)
    named = (
        (f"{slug(process)} of the study", process.n_levels(experiment.levels))
        for process in processes
    )
    yield from _too_many_steps(experiment.sampling.steps, named)
    for process in processes:
        yield from process.problems(experiment.dataset.size)
    yield from wall_problems(processes, experiment.corruption)


def _step_problems(experiment: Experiment) -> Iterator[str]:
    named = (
        (slug(process), process.n_levels(experiment.levels)) for process in experiment.processes
    )
    yield from _too_many_steps(experiment.sampling.steps, named)


def _rate_problems(training: Training) -> Iterator[str]:
    changes = training.learning_rate_changes
    if first_fall(n for n, _ in changes) is not None:
        yield (
            f"training.learning_rate_changes = {[list(change) for change in changes]}: the numbers "
            "of steps must increase"
        )
    for key, rate in [("learning_rate", training.learning_rate)] + [
        ("learning_rate_changes", rate) for _, rate in changes
    ]:
        if rate < LEAST_RATE:
            yield (
                f"training.{key} = {rate:g} moves no weight: in float32 a step under "
                f"{LEAST_RATE:g} is lost; raise it"
            )


def _too_many_steps(
    steps: int | None, levels_of: Iterable[tuple[str, int | None]]
) -> Iterator[str]:
    """At most one network call for each level, of the process that has the fewest."""
    known = [(n_levels, name) for name, n_levels in levels_of if n_levels is not None]
    n_levels, name = min(known, key=lambda pair: pair[0], default=(math.inf, ""))
    if steps is not None and steps > n_levels:
        yield (
            f"sampling.steps = {steps} is more than the {n_levels} levels of process {name}: at "
            "most one network call per level; null uses every level"
        )


def _sampling_problems(sampling: Sampling) -> Iterator[str]:
    yield from _seed_problems("sampling.seeds", sampling.seeds)
    yield from _doubled("sampling.priors", sampling.priors, "prior")
    if sampling.delta == 0 and sampling.delta_spectrum:
        yield (
            f"sampling.delta_spectrum = {sampling.delta_spectrum:g} with sampling.delta = 0: there "
            "is no noise to give a colour; leave one of them out"
        )
    if not sampling.priors:
        yield "sampling.priors is empty: give train, held_out or both"


def _seed_problems(key: str, seeds: tuple[int, ...]) -> Iterator[str]:
    yield from _doubled(key, seeds, "seed")
    wild = [seed for seed in seeds if not 0 <= seed < 2**32]
    if wild:
        yield f"{key}: {wild[0]} is outside the range of seeds, 0 to 2^32 - 1"
    if not seeds:
        yield f"{key} is empty: give at least one seed"


def _doubled(key: str, values: tuple[object, ...], what: str) -> Iterator[str]:
    """Entries that stand twice would be one file made twice."""
    if len(set(values)) != len(values):
        yield f"{key} = {list(values)}: each {what} once"


def _number_problems(experiment: Experiment) -> Iterator[str]:
    """Enough samples and images for nearest_k, as far as the options say."""
    n_samples, most = experiment.sampling.n_samples, experiment.dataset.max_images
    yield from too_few("sampling.n_samples", n_samples, experiment.evaluation.nearest_k)
    if most is not None:
        yield from too_few("dataset.max_images", most, experiment.evaluation.nearest_k)


def too_few(key: str, number: int, nearest_k: int) -> Iterator[str]:
    """A line where a number of images is too small for ``evaluation.nearest_k``."""
    if number < nearest_k + 2:
        yield (
            f"{key} = {number} is too few for evaluation.nearest_k = {nearest_k}: "
            f"at least {nearest_k + 2} are needed"
        )


def _network_problems(network: Network, size: int) -> Iterator[str]:
    levels = len(network.multipliers)
    if any(not 0 <= level < levels for level in network.attention_levels):
        yield (
            f"network.attention_levels = {list(network.attention_levels)}: the network has levels "
            f"0 to {levels - 1} (network.multipliers)"
        )
    if size < 2 ** (levels - 1) * 2:
        yield (
            f"network.multipliers has {levels} levels, too many for dataset.size = "
            f"{size}: the coarsest would be under 2 px"
        )


def _device_problems(experiment: Experiment) -> Iterator[str]:
    """A GPU asked for by name where none is to be used."""
    wanted = {
        "training.device": (experiment.training.device, "cuda"),
        "corruption.backend": (experiment.corruption.backend, "gpu"),
    }
    for key, (value, of_gpu) in wanted.items():
        if experiment.device == "cpu" and value == of_gpu:
            yield f"device = cpu and {key} = {value}: no job gets a GPU; leave one of them out"


def _dataset_problems(dataset: Dataset) -> Iterator[str]:
    if dataset.channels not in (1, 3):
        yield f"dataset.channels = {dataset.channels}: 1 for grey or 3 for colour"
    for key in ("path", "labels_path", "held_out_path", "held_out_labels_path"):
        path = getattr(dataset, key) or ""
        if {"{", "}", "\0"} & set(path):
            yield (
                f"dataset.{key} = {path!r}: the workflow takes braces for wildcards, and no file "
                "has a zero byte in its name; rename it, or link it from another place"
            )
