"""All that can be told of an experiment and its files before any work starts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, partial
from typing import Any

from beyond_blur.config import Experiment, load_experiment
from beyond_blur.config import warnings as settings
from beyond_blur.data import readers
from beyond_blur.data.counts import Count, SplitCounts
from beyond_blur.features import weights_place


def load(config: Mapping[str, Any], look: bool = True) -> tuple[Experiment, list[str], SplitCounts]:
    """The checked experiment of a configuration, and what its files let one say beforehand.

    Parameters
    ----------
    config : mapping
        The content of ``config.yaml``.
    look : bool
        Whether to look at files; without, values alone are checked and nothing is to be said.

    Returns
    -------
    experiment : Experiment
    lines : list of str
        What is to be said once when a run starts.
    sizes : SplitCounts
        Images of each split, where that is known.

    Raises
    ------
    ConfigError
        A line for each problem, of values as of files.
    """
    if not look:
        return load_experiment(config), [], SplitCounts(None, None)
    count = cache(readers.counts)  # a folder of 70,000 files is listed once
    experiment = load_experiment(config, partial(problems, count=count))
    sizes = readers.sizes_of(experiment.dataset, count)
    return experiment, list(warnings(experiment, sizes.train)), sizes


def problems(experiment: Experiment, count: Count) -> Iterator[str]:
    """What is wrong with files, and with the extractor for them: a line each."""
    yield from readers.problems(experiment, count)
    yield from weights_place.problems(experiment)
    dataset, evaluation = experiment.dataset, experiment.evaluation
    trains = evaluation.extractor == "classifier" and evaluation.weights is None
    if trains and dataset.labels == "auto" and count(dataset).labelled is False:
        yield (
            f"evaluation.extractor = classifier needs labels, and the images of dataset.path = "
            f"{dataset.path} have none: choose evaluation.extractor: self-supervised or random"
        )


def warnings(experiment: Experiment, n_train: int | None) -> Iterator[str]:
    """What a run is to say once, a line each: that it is small, and what is hardly meant."""
    if experiment.smoke:
        yield (
            f"Smoke run of preset {experiment.preset}: every stage, and no number that means "
            f"anything. It measures with evaluation.extractor: {experiment.evaluation.extractor}."
        )
    yield from settings.warnings(experiment, n_train)
