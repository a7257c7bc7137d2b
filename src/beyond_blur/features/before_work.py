"""All that can be told of an experiment and its files before any work starts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from beyond_blur.config import Experiment, load_experiment
from beyond_blur.config.warnings import warnings as settings_warnings
from beyond_blur.data import readers
from beyond_blur.features import extractor_files


def load(config: Mapping[str, Any]) -> tuple[Experiment, list[str]]:
    """The checked experiment of a configuration, and what is to be said once when a run starts.

    Parameters
    ----------
    config : mapping
        The content of ``config.yaml``.

    Raises
    ------
    ConfigError
        A line for each problem of values and of files.
    """
    config, stand_in = extractor_files.with_stand_in(config)
    experiment = load_experiment(config, problems)
    return experiment, [*([] if stand_in is None else [stand_in]), *warnings(experiment)]


def problems(experiment: Experiment) -> Iterator[str]:
    """What is wrong with the files: for `beyond_blur.config.load_experiment`, a line each."""
    yield from readers.problems(experiment)
    yield from extractor_files.problems(experiment)


def warnings(experiment: Experiment) -> Iterator[str]:
    """What can be done and is hardly meant, a line each."""
    yield from settings_warnings(experiment, readers.sizes_of(experiment.dataset).train)
