"""The work of one job of each kind of rule, at most: seconds, memory, GPUs.

From counts of images, levels and operations, and the rates of `rates`. Standard library only: the
workflow asks for all of it when it is parsed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from beyond_blur.config import rates, smoke
from beyond_blur.config.between_walls import has_walled_flow
from beyond_blur.config.experiment import Experiment
from beyond_blur.config.network_counts import Counts, count
from beyond_blur.config.process_options import ProcessSpec
from beyond_blur.config.solver_work import numbers, solver_seconds

FLOAT = 4
"""Bytes of a number of a state; a pixel has one."""


HASHED = 200
"""Bytes that one image of a set takes while copies are looked for: its hash in a dictionary."""


@dataclass(frozen=True)
class Work:
    """What one job does, at most.

    Attributes
    ----------
    seconds : float
        On the device that it asks for.
    megabytes : float
        Of the host's memory, beside those of the program.
    gpus : int
    """

    seconds: float = 0.0
    megabytes: float = 0.0
    gpus: int = 0


def images(experiment: Experiment) -> int:
    """Images of one split, at most."""
    most = experiment.dataset.max_images
    return min(all_images(experiment), most or all_images(experiment))


def all_images(experiment: Experiment) -> int:
    """Images of one split before dataset.max_images leaves some out, at most."""
    name = experiment.dataset.name.removesuffix(smoke.SUFFIX)
    return rates.IMAGES_OF.get(name, rates.ANY_IMAGES)


def network(experiment: Experiment) -> Counts:
    """Counts of the network for one image."""
    return count(experiment.network, experiment.dataset.channels, experiment.dataset.size)


def network_gpus(experiment: Experiment) -> int:
    """GPUs of a job that calls a network."""
    return 0 if "cpu" in (experiment.device, experiment.training.device) else 1


def solver_gpus(experiment: Experiment, process: ProcessSpec) -> int:
    """GPUs of a job that takes images through a process: the solver of a flow may use one."""
    on_cpu = experiment.device == "cpu" or experiment.corruption.backend in ("cpu", "reference")
    return 0 if on_cpu or not process.lattice_peclet or has_walled_flow(process) else 1


def gpus_of_both(experiment: Experiment, process: ProcessSpec) -> int:
    """GPUs of a job that calls a network and the solver, which asks for one only by name."""
    by_name = experiment.corruption.backend == "gpu" and solver_gpus(experiment, process) > 0
    return max(network_gpus(experiment), int(by_name))


def call_seconds(experiment: Experiment, n: int, gpus: int, threads: int = 1) -> float:
    """Seconds of one call of the network for n images."""
    counts = network(experiment)
    flop = gpus * rates.GPU_FLOP or threads * rates.CORE_FLOP
    return max(n * counts.flop / flop, counts.layers * rates.LAYER_SECONDS)


def prepare(experiment: Experiment, process: ProcessSpec) -> Work:
    """Listing all images of both splits and decoding those that are chosen, a few at a time.

    Files that hold one array are held whole.
    """
    n, one_array = 2 * all_images(experiment), experiment.dataset.kind in rates.ONE_ARRAY
    rate = rates.READ_ROWS if one_array else rates.READ_IMAGES
    held = n * (rates.LISTED + (numbers(experiment) if one_array else 0))
    return Work(n / rate, 500 + held / 1e6)


def describe(experiment: Experiment, process: ProcessSpec) -> Work:
    """All images of both splits, a few at a time from the disk; a cosine transform of some."""
    n = 2 * images(experiment)
    return Work(n * numbers(experiment) / rates.TRANSFORMED_NUMBERS, 500 + n * HASHED / 1e6)


def corrupt(experiment: Experiment, process: ProcessSpec, draws: int, states: int) -> Work:
    """So many states of the images of one shard, under so many flows each.

    All flows' states are held twice, as they were made and as they are written; those of one flow
    in double precision and in single beside it; the images three times.
    """
    shard = images(experiment) / experiment.dataset.shards
    gpus = solver_gpus(experiment, process)
    seconds = solver_seconds(experiment, process, shard * draws, gpus, states)
    held = states * (2 * draws + 5) + 3
    return Work(seconds, held * FLOAT * shard * numbers(experiment) / 1e6, gpus)


def pairs(experiment: Experiment, process: ProcessSpec) -> Work:
    """The pairs of one shard."""
    options = experiment.corruption
    return corrupt(experiment, process, options.draws, 2 * options.levels_per_draw)


def train(experiment: Experiment, process: ProcessSpec) -> Work:
    """One training: images and pairs stay on disk; the state is held twice more to be saved.

    Held-out looks take under a tenth of a step's time. On a CPU the activations are the host's.
    """
    training, counts = experiment.training, network(experiment)
    gpus, share = network_gpus(experiment), -(-training.batch_size // training.devices)
    share = -(-share // training.nodes)
    step = rates.BACKWARD * call_seconds(experiment, share, gpus, training.threads)
    if training.pairs == "streamed" and process.trains_on == "pairs":
        solves = solver_gpus(experiment, process) if gpus else 0
        step += solver_seconds(experiment, process, share, solves, states=2)
    kept = 0.0 if gpus else FLOAT * rates.BACKWARD * share * counts.activations
    held = 3 * rates.STATE_BYTES * counts.parameters + kept
    asked = max(gpus * training.devices, gpus_of_both(experiment, process))
    return Work(training.iterations * step, training.devices * held / 1e6, asked)


def called_bytes(experiment: Experiment, n: int, gpus: int) -> float:
    """Bytes of the host that a network and its call for n images take."""
    counts = network(experiment)
    kept = 0 if gpus else FLOAT * n * counts.activations
    return 3 * FLOAT * counts.parameters + kept


def prior_bytes(experiment: Experiment, process: ProcessSpec) -> float:
    """Bytes of all that sampling may start from, twice while shards are joined."""
    of_a_number = FLOAT if process.starts_from == "terminal" else 1
    return 2.0 * of_a_number * images(experiment) * numbers(experiment)


def sample(experiment: Experiment, process: ProcessSpec) -> Work:
    """The samples of one seed; they are held batch by batch, joined, and as a file."""
    options, gpus = experiment.sampling, network_gpus(experiment)
    rows = min(options.batch_size, options.n_samples)
    levels = process.n_levels(experiment.levels) or rates.UNKNOWN_LEVELS
    calls = -(-options.n_samples // rows) * ((options.steps or levels) + 1)
    kept = 3 * rates.SETS_OF_A_SAMPLE * options.n_samples * numbers(experiment)
    held = called_bytes(experiment, rows, gpus) + prior_bytes(experiment, process) + kept
    return Work(calls * call_seconds(experiment, rows, gpus), held / 1e6, gpus)


def show(experiment: Experiment, process: ProcessSpec) -> Work:
    """A few samples, and a few images on their way."""
    gpus, solves = network_gpus(experiment), solver_gpus(experiment, process)
    levels = process.n_levels(experiment.levels) or rates.UNKNOWN_LEVELS
    asked = gpus_of_both(experiment, process)
    seconds = levels * call_seconds(experiment, rates.FEW, gpus) + solver_seconds(
        experiment, process, rates.FEW, solves if asked else 0, experiment.levels.n_levels
    )
    few = FLOAT * rates.FEW * experiment.levels.n_levels * numbers(experiment)
    held = called_bytes(experiment, rates.FEW, gpus) + prior_bytes(experiment, process) + few
    return Work(seconds, held / 1e6, asked)


def explore(experiment: Experiment, process: ProcessSpec) -> Work:
    """A few samples, from states that are there already."""
    return replace(show(experiment, process), gpus=network_gpus(experiment))


def align(experiment: Experiment, process: ProcessSpec) -> Work:
    """A few images at 33 levels of every process, each from the start: twice the way in all."""
    several = experiment.processes
    gpus = max(solver_gpus(experiment, each) for each in several)
    ways = (solver_seconds(experiment, each, 2 * rates.FEW, gpus, 33) for each in several)
    return Work(sum(ways), 33 * 4 * FLOAT * rates.FEW * numbers(experiment) / 1e6 + 1000, gpus)


def photograph(experiment: Experiment, process: ProcessSpec) -> Work:
    """One photograph at a few levels of every process."""
    gpus = max(solver_gpus(experiment, each) for each in experiment.processes)
    return Work(60.0 * len(experiment.processes), 2000, gpus)


def features(experiment: Experiment, process: ProcessSpec) -> Work:
    """Features of real images or of samples, of which there are three sets."""
    n = max(images(experiment), rates.SETS_OF_A_SAMPLE * experiment.sampling.n_samples)
    gpus = network_gpus(experiment)
    speeds = rates.EXTRACTED_IMAGES.get(experiment.evaluation.extractor, rates.ANY_EXTRACTOR)
    held = 2 * n * (rates.FEATURE_BYTES + numbers(experiment))
    return Work(n / speeds[gpus], held / 1e6, gpus)


def measure(experiment: Experiment, process: ProcessSpec) -> Work:
    """The numbers of one row: three sets, each beside itself, the reference and training images.

    The reference is set beside itself three times, and beside the samples twice; samples and
    held-out images beside the training images, and what is nearest there once more.

    Features are held in single precision, centred, and in double precision.
    """
    n, m, sets = experiment.sampling.n_samples, images(experiment), rates.SETS_OF_A_SAMPLE
    compared = sets * (n * n + 3 * m * m + 5 * n * m) + 2 * m * m
    held = 3.0 * (sets * n + 2 * m) * rates.FEATURE_BYTES
    held += 2 * (sets * n + m / experiment.dataset.shards) * numbers(experiment)
    return Work(compared / rates.COMPARED_PAIRS, held / 1e6)


def look_up(experiment: Experiment, process: ProcessSpec) -> Work:
    """The nearest images of a few samples: training images and those of priors, joined."""
    n, m = experiment.sampling.n_samples, images(experiment)
    held = 3 * (3 * n + m) * rates.FEATURE_BYTES + (3 * n + 4 * m) * numbers(experiment)
    return Work(rates.FEW * m / rates.COMPARED_PAIRS, held / 1e6)


def amplitude(experiment: Experiment, process: ProcessSpec) -> Work:
    """Terminal states, joined, and the images that they were made of."""
    values = images(experiment) * numbers(experiment)
    return Work(2 * values / rates.TRANSFORMED_NUMBERS, 3.0 * FLOAT * values / 1e6)


def classify(experiment: Experiment, process: ProcessSpec) -> Work:
    """Training the classifier: all images, joined."""
    n = 2 * images(experiment)
    seconds = rates.CLASSIFIER_SECONDS * experiment.evaluation.classifier_iterations
    seconds += n / rates.EXTRACTED_IMAGES["classifier"][0]
    return Work(seconds, 2 * n * numbers(experiment) / 1e6)


def encode(experiment: Experiment, process: ProcessSpec) -> Work:
    """Training the encoder: all images, joined; no side that it sees has more pixels than 64."""
    n = 2 * images(experiment)
    seconds = rates.ENCODER_SECONDS * experiment.evaluation.encoder_iterations
    return Work(seconds, 2 * n * numbers(experiment) / 1e6)


def gather(experiment: Experiment, process: ProcessSpec) -> Work:
    """Tables and figures; of samples, one file at a time."""
    n = max(rates.SETS_OF_A_SAMPLE * experiment.sampling.n_samples, rates.FEW)
    return Work(60, 1000 + 2 * n * numbers(experiment) / 1e6)


def pipeline(experiment: Experiment, process: ProcessSpec) -> Work:
    """One process's file of every stage, and one image through the process."""
    run = photograph(experiment, process)
    return replace(run, megabytes=run.megabytes + gather(experiment, process).megabytes)


JOBS: dict[str, Callable[[Experiment, ProcessSpec], Work]] = {
    "prepare_dataset": prepare,
    "describe_dataset": describe,
    "cache_pairs": pairs,
    "terminal_states": lambda experiment, process: corrupt(experiment, process, 1, 1),
    "train": train,
    "sample": sample,
    "trajectory": show,
    "explore": explore,
    "align_levels": align,
    "photograph": photograph,
    "train_classifier": classify,
    "train_encoder": encode,
    "features": features,
    "metrics": measure,
    "neighbours": look_up,
    "amplitude": amplitude,
    "figure": gather,
    "pipeline": pipeline,
}
"""The work of each kind of rule."""
