"""Checks that need more than one value: schedule, speed, names, files, numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

from beyond_blur.config.advection_study import study_processes
from beyond_blur.config.noise_schedule import linear_problem
from beyond_blur.config.options import (
    DDPM,
    AdvectionDiffusion,
    BlurringDiffusion,
    ConfigError,
    Dataset,
    Experiment,
    Levels,
    OwnProcess,
    ProcessSpec,
    Study,
    slug,
)


def check(experiment: Experiment) -> None:
    """The checks that need more than one value: schedule, stability, names, files, numbers."""
    _check_levels(experiment.levels)
    _check_processes(experiment)
    _check_study(experiment)
    _check_dataset(experiment.dataset)
    _check_network(experiment)
    low, high = experiment.corruption.grey_range
    if not 0 < low < high:
        raise ConfigError(f"corruption.grey_range = [{low:g}, {high:g}] must be positive and rise")
    _check_numbers(experiment)
    _check_sampling(experiment)
    if len(set(experiment.sampling.seeds)) != len(experiment.sampling.seeds):
        raise ConfigError(f"sampling.seeds = {list(experiment.sampling.seeds)}: each seed once")
    wild = [seed for seed in experiment.sampling.seeds if not 0 <= seed < 2**32]
    if wild:
        raise ConfigError(f"sampling.seeds: {wild[0]} is outside the range of seeds, 0 to 2^32 - 1")
    if not experiment.sampling.seeds:
        raise ConfigError("sampling.seeds is empty: give at least one seed")
    if not experiment.sampling.priors:
        raise ConfigError("sampling.priors is empty: give train, held_out or both")


def _check_numbers(experiment: Experiment) -> None:
    """Enough samples, and enough held-out images where their number is known, for nearest_k."""
    dataset, k = experiment.dataset, experiment.evaluation.nearest_k
    n_held_out = round(N_DIGITS * dataset.held_out) if dataset.kind == "digits" else math.inf
    numbers = {
        "sampling.n_samples": experiment.sampling.n_samples,
        "the number of held-out images (dataset.held_out, dataset.max_images)": min(
            n_held_out, dataset.max_images or math.inf
        ),
    }
    for key, number in numbers.items():
        if number < k + 2:
            raise ConfigError(
                f"{key} = {number:g} is too few for evaluation.nearest_k = {k}: "
                f"at least {k + 2} are needed"
            )


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


def count_levels(process: ProcessSpec, levels: Levels) -> int | None:
    """Number of levels K of a process; None of a user's own, which only its class knows."""
    if isinstance(process, DDPM | BlurringDiffusion):
        return len(process.given) or process.n_steps
    return None if isinstance(process, OwnProcess) else levels.n_levels


def _check_sampling(experiment: Experiment) -> None:
    """Enough levels for the network calls, and no option that a user's own class cannot see."""
    sampling = experiment.sampling
    for process in experiment.processes:
        _check_steps(experiment, process, slug(process))
        own = isinstance(process, OwnProcess)
        if own and (sampling.last_noise or not sampling.prior_noise):
            key, value = ("last_noise", "true") if sampling.last_noise else ("prior_noise", "false")
            raise ConfigError(
                f"sampling.{key} = {value} does not reach process {slug(process)} (kind: own), "
                "whose class adds its own noise: give the class an option for it (options:) and "
                f"leave sampling.{key} out"
            )


def _check_steps(experiment: Experiment, process: ProcessSpec, name: str) -> None:
    """At most one network call for each level of a process, where its number is known."""
    steps, n_levels = experiment.sampling.steps, count_levels(process, experiment.levels)
    if steps is not None and n_levels is not None and steps > n_levels:
        raise ConfigError(
            f"sampling.steps = {steps} is more than the {n_levels} levels of process {name}: at "
            "most one network call per level; null uses every level"
        )


def _check_levels(levels: Levels) -> None:
    last_trained(levels.n_levels, levels.train_last_level)
    if levels.spacing == "given":
        if len(levels.given) != levels.n_levels:
            raise ConfigError(
                f"levels.given has {len(levels.given)} blur widths for levels.n_levels = "
                f"{levels.n_levels}: give one for each level"
            )
        if any(b <= a for a, b in zip((0.0, *levels.given), levels.given, strict=False)):
            raise ConfigError(f"levels.given = {list(levels.given)} must be positive and increase")
    elif levels.sigma_max <= levels.sigma_min:
        raise ConfigError(
            f"levels.sigma_max = {levels.sigma_max:g} must be above "
            f"levels.sigma_min = {levels.sigma_min:g}"
        )


def _check_processes(experiment: Experiment) -> None:
    if not experiment.processes:
        raise ConfigError("processes is empty: name at least one, e.g. kind: advection_diffusion")
    seen: set[str] = set()
    for process in experiment.processes:
        if slug(process) in seen:
            raise ConfigError(f"two processes are called {slug(process)}: give one another name:")
        if not slug(process).replace("-", "").replace("_", "").replace(".", "").isalnum():
            raise ConfigError(
                f"processes: name {process.name!r} may hold letters, digits, - _ only"
            )
        seen.add(slug(process))
        if isinstance(process, AdvectionDiffusion):
            _check_speed(process, experiment.dataset.size)
        if isinstance(process, DDPM) and process.schedule == "linear":
            problem = linear_problem(process.n_steps)
            if problem:
                raise ConfigError(f"process {process.name}: {problem}")
        if isinstance(process, OwnProcess) and not Path(process.file).is_file():
            raise ConfigError(
                f"process {process.name}: file = {process.file!r} does not exist; it should hold "
                "the class that class_name names"
            )


def _check_study(experiment: Experiment) -> None:
    """Names that are free, and processes that can be made where their numbers are the user's."""
    if len(set(experiment.study.peclet)) != len(experiment.study.peclet):
        raise ConfigError(f"study.peclet = {list(experiment.study.peclet)}: each number once")
    taken = {slug(process): process for process in experiment.processes}
    for process in study_processes(experiment):
        if taken.get(slug(process), process) != process:
            raise ConfigError(
                f"processes: {slug(process)} is the name of another process, of the study: "
                "give yours another name:"
            )
    if experiment.study != Study():
        check_study(experiment)


def check_study(experiment: Experiment) -> None:
    """What only the study asks of an experiment: flows the lattice carries, levels to sample at.

    For whoever makes the study. An experiment that says nothing of it need not be able to.

    Raises
    ------
    ConfigError
        Naming the value, the key and what to do.
    """
    for process in study_processes(experiment):
        _check_steps(experiment, process, f"{slug(process)} of the study")
        if isinstance(process, AdvectionDiffusion):
            if process.peclet <= 0:
                raise ConfigError(
                    f"study.peclet = {list(experiment.study.peclet)}: numbers above 0; IHDM stands "
                    "for no flow"
                )
            _check_speed(process, experiment.dataset.size)


def _check_speed(process: AdvectionDiffusion, size: int) -> None:
    """The rms speed V = Pe alpha / L at the largest diffusivity, 1/6, must be under the limit."""
    velocity = process.velocity
    if velocity.wavenumber_max < velocity.wavenumber_min:
        raise ConfigError(
            f"velocity.wavenumber_max = {velocity.wavenumber_max} must be at least "
            f"velocity.wavenumber_min = {velocity.wavenumber_min}"
        )
    if velocity.wavenumber_min > size // 2:
        raise ConfigError(
            f"velocity.wavenumber_min = {velocity.wavenumber_min} does not fit "
            f"dataset.size = {size}: at most {size // 2}"
        )
    speed = process.peclet / (6 * size)
    if speed > velocity.speed_limit / 3:
        raise ConfigError(
            f"peclet = {process.peclet:g} needs an rms speed of {speed:.2g} cells a step at "
            f"{size} px, over a third of velocity.speed_limit = {velocity.speed_limit:g}: the "
            "limit would cut the flow; lower the Peclet number or raise the limit (at most 0.3)"
        )


def _check_network(experiment: Experiment) -> None:
    network = experiment.network
    levels = len(network.multipliers)
    bad = [level for level in network.attention_levels if not 0 <= level < levels]
    if bad:
        raise ConfigError(
            f"network.attention_levels = {list(network.attention_levels)}: the network has levels "
            f"0 to {levels - 1} (network.multipliers)"
        )
    if experiment.dataset.size < 2 ** (levels - 1) * 2:
        raise ConfigError(
            f"network.multipliers has {levels} levels, too many for dataset.size = "
            f"{experiment.dataset.size}: the coarsest would be under 2 px"
        )


N_DIGITS = 1797
IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".ppm", ".pgm")


def image_files(folder: Path) -> Iterator[Path]:
    """Every image below a folder, in no particular order."""
    return (p for p in folder.rglob("*") if p.suffix.lower() in IMAGE_SUFFIXES and p.is_file())


def _check_dataset(dataset: Dataset) -> None:
    if dataset.channels not in (1, 3):
        raise ConfigError(f"dataset.channels = {dataset.channels}: 1 for grey or 3 for colour")
    if dataset.kind == "digits":
        return
    if dataset.path is None:
        raise ConfigError(f"dataset.path is missing: dataset.kind = {dataset.kind} reads files")
    for key in ("path", "labels_path", "held_out_path", "held_out_labels_path"):
        place = getattr(dataset, key)
        if place is not None:
            _check_place(Path(place), f"dataset.{key}", dataset.kind == "folder")


def _check_place(place: Path, key: str, folder: bool) -> None:
    if not place.exists():
        raise ConfigError(f"{key} = {place} does not exist")
    if folder and not place.is_dir():
        raise ConfigError(f"{key} = {place} is a file; dataset.kind = folder needs a folder")
    if not folder and place.is_dir():
        raise ConfigError(f"{key} = {place} is a folder; use dataset.kind: folder")
    if folder and next(image_files(place), None) is None:
        raise ConfigError(f"{key} = {place} holds no images ({', '.join(IMAGE_SUFFIXES)})")
