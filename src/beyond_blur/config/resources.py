"""What a job of each rule asks a cluster for: memory, minutes, GPUs, by experiment and attempt.

Estimates from counts of work and from rates that are meant to be too low: a job that asks for too
much waits longer, one that asks for too little dies. Memory and time grow with every attempt. None
of it changes a result. Standard library only: the workflow asks for all of it when it is parsed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from beyond_blur.config.experiment import Experiment
from beyond_blur.config.network_counts import count

GPU_FLOP = 10e12
"""Operations a second of a network on a GPU: a fifth to a tenth of what an H100 was measured at
(docs/costs.md); an assumption for any other card."""

CORE_FLOP = 0.1e12
"""Operations a second on a CPU core: half of what was measured on one of AVX2 (docs/costs.md)."""

CORE_UPDATES = 1e9
"""Lattice cell updates a second on a CPU core: two fifths of what was measured on one of AVX2."""

GPU_UPDATES = 20e9
"""The same on a GPU: a quarter of the least that was measured on an H100."""

CORE_IMAGES = 5.0
"""Images a second through Inception on a CPU core: half of what was measured on one of AVX2."""

GPU_IMAGES = 100.0
"""The same on a GPU: an assumption."""

PAIRS_OF_FEATURES = 4e6
"""Pairs of vectors a second that the metrics compare: a quarter of what was measured."""

READ_IMAGES = 20.0
"""Image files a second that are decoded and made smaller on a core: an assumption."""

TO_SAVE = 300
"""Seconds before its time limit at which a job is told to save: 3.4 GB at 50 MB/s take 70; a step
may come before."""

START = 10
"""Minutes that every job gets beside its work: Python, imports, compiled kernels, a busy disk."""

PROGRAM_MB = 2000
"""Memory of Python with its libraries."""

CONTEXT_MB = 4000
"""What a program that uses a GPU takes of the host's memory beside that."""

STEPS_PER_SQUARED_PIXEL = 3
"""Lattice steps per sigma^2: a step spreads by at most a third of a pixel squared."""

ALL_IMAGES = 70_000
"""Images of a set whose size the configuration does not say."""

FEATURE_BYTES = 4 * 2048
"""Bytes of one image's features, at most."""

KEPT_OF_A_SAMPLE = 3
"""Bytes per number of a sample: itself, what it started from, the guess of one network call."""

BACKWARD = 3
"""A training step is a call and its gradients: three times the operations of the call."""


@dataclass(frozen=True)
class Work:
    """What one job does, at most.

    Attributes
    ----------
    seconds : float
        On the device that it asks for.
    megabytes : float
        Beside those of the program.
    gpus : int
    """

    seconds: float = 0.0
    megabytes: float = 0.0
    gpus: int = 0


def images(experiment: Experiment) -> int:
    """Training images, at most."""
    return experiment.dataset.max_images or ALL_IMAGES


def image_bytes(experiment: Experiment, of_a_number: int) -> float:
    """Bytes of one image whose numbers take so many."""
    dataset = experiment.dataset
    return float(dataset.channels * dataset.size**2 * of_a_number)


def network_gpus(experiment: Experiment) -> int:
    """GPUs of a job that calls a network."""
    return 0 if "cpu" in (experiment.device, experiment.training.device) else 1


def solver_gpus(experiment: Experiment) -> int:
    """GPUs of a job that corrupts."""
    return 0 if "cpu" in (experiment.device, experiment.corruption.backend) else 1


def calls_a_second(experiment: Experiment, gpus: int, threads: int = 1) -> float:
    """Images that a network takes in a second."""
    dataset = experiment.dataset
    flop = count(experiment.network, dataset.channels, dataset.size).flop
    return (gpus * GPU_FLOP or threads * CORE_FLOP) / flop


def prepare(experiment: Experiment) -> Work:
    """Reading the images."""
    n = images(experiment)
    return Work(n / READ_IMAGES, 4 * n * image_bytes(experiment, 1) / 1e6)


def corrupt(experiment: Experiment, draws: int) -> Work:
    """The states of one shard of images under so many flows each."""
    n, gpus = images(experiment) / experiment.dataset.shards, solver_gpus(experiment)
    sigma = experiment.levels.given[-1:] or (experiment.levels.sigma_max,)
    updates = STEPS_PER_SQUARED_PIXEL * sigma[0] ** 2 * image_bytes(experiment, 1) * n * draws
    rate = GPU_UPDATES if gpus else CORE_UPDATES * experiment.corruption.threads
    return Work(updates / rate, 6 * n * draws * image_bytes(experiment, 4) / 1e6, gpus)


def pairs(experiment: Experiment) -> Work:
    """The pairs of one shard."""
    options = experiment.corruption
    work = corrupt(experiment, options.draws)
    return Work(work.seconds, work.megabytes * options.levels_per_draw, work.gpus)


def train(experiment: Experiment) -> Work:
    """One training: its state is in memory twice while it is saved; on a CPU its activations."""
    training, dataset = experiment.training, experiment.dataset
    each, gpus = count(experiment.network, dataset.channels, dataset.size), network_gpus(experiment)
    share = training.batch_size / (training.devices * training.nodes)
    rate = calls_a_second(experiment, gpus, training.threads) / BACKWARD
    kept = 0.0 if gpus else 4 * BACKWARD * share * each.activations
    state = 16 * each.parameters
    memory = training.devices * (3 * state + kept) / 1e6
    # On several nodes they are asked for node by node: `gpus_of_a_node`.
    return Work(training.iterations * share / rate, memory, gpus * training.devices)


def sample(experiment: Experiment, calls: int | None = None) -> Work:
    """The samples of one seed, of as many network calls as the process with most levels."""
    options, gpus = experiment.sampling, network_gpus(experiment)
    levels = [process.n_levels(experiment.levels) or 0 for process in experiment.processes]
    n_calls = options.steps or max(levels, default=0)
    seconds = options.n_samples * n_calls / calls_a_second(experiment, gpus)
    each = count(experiment.network, experiment.dataset.channels, experiment.dataset.size)
    called = 0.0 if gpus else 4 * min(options.batch_size, options.n_samples) * each.activations / 4
    kept = 4 * options.n_samples * image_bytes(experiment, KEPT_OF_A_SAMPLE)
    return Work(seconds, (called + 12 * each.parameters + kept) / 1e6, gpus)


def features(experiment: Experiment) -> Work:
    """Features of real images or of samples, which have two sets beside them."""
    n, gpus = max(images(experiment), 3 * experiment.sampling.n_samples), network_gpus(experiment)
    rate = GPU_IMAGES if gpus else CORE_IMAGES
    return Work(n / rate, 2 * n * (FEATURE_BYTES + image_bytes(experiment, 1)) / 1e6, gpus)


def measure(experiment: Experiment) -> Work:
    """The numbers of one row: every sample beside every image, three sets of samples."""
    n, m = 3 * experiment.sampling.n_samples, images(experiment)
    vectors = (n + 2 * m) * (2 * FEATURE_BYTES + image_bytes(experiment, 1))
    return Work((n + m) ** 2 / PAIRS_OF_FEATURES, 2 * vectors / 1e6)


def classify(experiment: Experiment) -> Work:
    """Training the classifier."""
    n = 2 * images(experiment)
    seconds = 0.1 * experiment.evaluation.classifier_iterations
    return Work(seconds, n * image_bytes(experiment, 5) / 1e6)


def show(experiment: Experiment) -> Work:
    """A few samples, their way and their pictures."""
    return Work(sample(experiment).seconds / 10, 4000, network_gpus(experiment))


def gather(experiment: Experiment) -> Work:
    """Tables and figures."""
    return Work(60, 1000)


JOBS: dict[str, Callable[[Experiment], Work]] = {
    "prepare_dataset": prepare,
    "cache_pairs": pairs,
    "terminal_states": lambda experiment: corrupt(experiment, 1),
    "train": train,
    "sample": sample,
    "trajectory": show,
    "explore": show,
    "train_classifier": classify,
    "features": features,
    "metrics": measure,
    "neighbours": measure,
    "amplitude": features,
    "figure": gather,
}
"""The work of each kind of rule."""


def gpus(experiment: Experiment, job: str) -> int:
    """GPUs that a job asks for; none where it asks for some on each of several nodes."""
    several = job == "train" and experiment.training.nodes > 1
    return 0 if several else JOBS[job](experiment).gpus


def gpus_of_a_node(experiment: Experiment) -> str | None:
    """GPUs that a training on several nodes asks for on each, as SLURM's ``--gres`` has it."""
    return f"gpu:{experiment.training.devices}" if network_gpus(experiment) else None


def megabytes(experiment: Experiment, job: str, attempt: int = 1) -> int:
    """Memory that a job asks for at this attempt, in MB, rounded up to hundreds."""
    work = JOBS[job](experiment)
    whole = PROGRAM_MB + CONTEXT_MB * (work.gpus > 0) + work.megabytes
    return attempt * 100 * math.ceil(whole / 100)


def minutes(experiment: Experiment, job: str, attempt: int = 1) -> int:
    """Time that a job asks for at this attempt, at most ``longest_job``."""
    wanted = attempt * (START + math.ceil(JOBS[job](experiment).seconds / 60))
    return min(wanted, experiment.longest_job)
