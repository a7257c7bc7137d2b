"""Settings that can be used and are hardly meant: a line each, said once when a run starts.

None of this stops a run. What cannot be used is refused in `beyond_blur.config.checks`.
"""

from __future__ import annotations

from collections.abc import Iterator

from beyond_blur.config.experiment import Experiment
from beyond_blur.config.process_options import kinds_with
from beyond_blur.config.run_options import Training

MOST_EPOCHS = 5_000
"""Times that a training image is shown, above which a set is called too small for them: a choice.
Of the papers' presets, afhq256 has the fewest images and shows each 2,200 times."""

MOST_REUSES = 1_000
"""Times that a cached pair is shown, likewise; afhq256 shows each 560 times."""


def warnings(experiment: Experiment, n_train: int | None = None) -> Iterator[str]:
    """What is hardly meant in an experiment.

    Parameters
    ----------
    experiment : Experiment
    n_train : int, optional
        Training images, where their number is known.

    Yields
    ------
    str
        A line that names the keys, what follows from them and the way out.
    """
    yield from _of_training(experiment.training)
    yield from _of_network(experiment)
    yield from _of_colour(experiment)
    # A smoke run has too few levels for anything, and says so.
    size, calls = experiment.dataset.size, experiment.sampling.steps
    for process in () if experiment.smoke else experiment.processes:
        yield from process.remarks(size, calls)
    if n_train is not None:
        yield from _of_few_images(experiment, n_train)


def _of_training(training: Training) -> Iterator[str]:
    steps = training.iterations
    if training.warmup > steps:
        reached = training.learning_rate * steps / training.warmup
        yield (
            f"training.warmup = {training.warmup} is longer than the run (training.iterations = "
            f"{steps}): the learning rate ends at {reached:.2g}, never at training.learning_rate = "
            f"{training.learning_rate:g}; lower training.warmup"
        )
    horizon = round(1 / (1 - training.ema))
    if horizon > steps:
        yield (
            f"training.ema = {training.ema:g} averages over {horizon:,} steps, more than the run's "
            f"{steps:,}: only its ramp, up to {(1 + steps) / (10 + steps):.3g}, decides; lower "
            "training.ema"
        )
    for n_steps, rate in training.learning_rate_changes:
        if n_steps >= steps:
            yield (
                f"training.learning_rate_changes: [{n_steps}, {rate:g}] comes after the last of "
                f"training.iterations = {steps} steps and changes nothing"
            )


def _of_network(experiment: Experiment) -> Iterator[str]:
    size, levels = experiment.dataset.size, len(experiment.network.multipliers)
    multiple = 2 ** (levels - 1)
    if size % multiple:
        yield (
            f"dataset.size = {size} is no multiple of {multiple}, as {levels} levels of "
            f"network.multipliers want: the network pads its images and crops"
        )


def _of_colour(experiment: Experiment) -> Iterator[str]:
    spectrum = experiment.sampling.delta_spectrum
    effects = [process.sampling_effects for process in experiment.processes]
    if spectrum and not any("delta_spectrum" in effect for effect in effects):
        kinds = kinds_with("delta_spectrum")
        yield (
            f"sampling.delta_spectrum = {spectrum:g} changes none of the processes, whose samplers "
            f"add no noise delta (it is for {', '.join(kinds)}): leave it out"
        )


def _of_few_images(experiment: Experiment, n_train: int) -> Iterator[str]:
    training, corruption = experiment.training, experiment.corruption
    shown = training.iterations * training.batch_size / n_train
    if training.batch_size > n_train:
        yield (
            f"training.batch_size = {training.batch_size} is more than the {n_train} training "
            "images: every step shows some twice; lower it"
        )
    if shown > MOST_EPOCHS:
        yield (
            f"training.iterations = {training.iterations:,} of {training.batch_size} show each of "
            f"the {n_train:,} training images {shown:,.0f} times (presets of the papers: at most "
            "2,200): a network of this size may learn them by heart; fewer iterations, a smaller "
            "network (network.channels, blocks) and more network.dropout suit so few"
        )
    pairs = n_train * corruption.draws * corruption.levels_per_draw
    reused = training.iterations * training.batch_size / pairs
    cached = training.pairs == "cached" and any(
        process.trains_on == "pairs" for process in experiment.processes
    )
    if cached and reused > MOST_REUSES:
        yield (
            f"corruption.draws = {corruption.draws} and levels_per_draw = "
            f"{corruption.levels_per_draw} cache {pairs:,} pairs of a flow, each shown "
            f"{reused:,.0f} times: raise corruption.draws, or take training.pairs: streamed"
        )
    n_samples = experiment.sampling.n_samples
    from_images = "train" in experiment.sampling.priors and any(
        process.starts_from != "noise" for process in experiment.processes
    )
    if from_images and n_samples > n_train:
        yield (
            f"sampling.n_samples = {n_samples:,} is more than the {n_train:,} training images from "
            f"whose corrupted forms samples start: each serves {n_samples / n_train:.3g} times; "
            f"lower it to {n_train:,}"
        )
