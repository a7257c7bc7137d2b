"""What the jobs of a run cost before the first begins: hours and bytes, at most.

By the same counts and low rates as what a cluster is asked for (`job_work`, `rates`). Standard
library only: a dry run says it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from beyond_blur.config.disk import WRITTEN
from beyond_blur.config.experiment import Experiment
from beyond_blur.config.job_work import JOBS
from beyond_blur.config.rule_specs import find_process

KINDS = {
    "real_features": "features",
    "sample_features": "features",
    "sample_features_steps": "features",
    "real_metrics": "metrics",
    "sample_metrics": "metrics",
    "sample_metrics_steps": "metrics",
    "sample_steps": "sample",
    "sample_features_deltas": "features",
    "sample_metrics_deltas": "metrics",
    "sample_deltas": "sample",
}
"""The kind of work of rules that are not called by it."""

NOT_COUNTED = ("figure", "photograph", "pipeline")
"""Kinds whose time in `job_work` is a fixed allowance: seconds to a minute each in truth."""


@dataclass(frozen=True)
class RunCost:
    """What some jobs cost.

    Attributes
    ----------
    jobs, trainings : int
        How many there are, and how many of them train a network.
    core_hours, gpu_hours : float
        Hours of one CPU core, and of GPUs, if one job ran after the other; at most.
    training_hours : float
        Those of the trainings among them.
    written : int
        Bytes on disk, at most.
    """

    jobs: int
    trainings: int
    core_hours: float
    gpu_hours: float
    training_hours: float
    written: int


def run_cost(experiment: Experiment, jobs: Iterable[tuple[str, str | None]]) -> RunCost:
    """What jobs cost.

    Parameters
    ----------
    experiment : Experiment
        As `counted` makes it.
    jobs : iterable of (rule, name of the process or None)
    """
    cores, cards, trained, written, n, trainings = 0.0, 0.0, 0.0, 0, 0, 0
    for rule, name in jobs:
        n += 1
        kind = KINDS.get(rule, rule)
        if kind not in JOBS or kind in NOT_COUNTED:
            continue
        process = experiment.processes[0] if name is None else find_process(experiment, name)
        work = JOBS[kind](experiment, process)
        cores += 0.0 if work.gpus else work.seconds
        cards += work.gpus * work.seconds
        written += WRITTEN[kind](experiment, process) if kind in WRITTEN else 0
        if kind == "train":
            trainings += 1
            trained += max(work.gpus, 1) * work.seconds
    return RunCost(n, trainings, cores / 3600, cards / 3600, trained / 3600, written)


def counted(experiment: Experiment, n_images: int, without_gpu: bool) -> Experiment:
    """The experiment as its cost is counted on this machine.

    Parameters
    ----------
    experiment : Experiment
    n_images : int
        Images of the larger split, 0 where that is not known.
    without_gpu : bool
        Whether the CPU has to do a GPU's work.
    """
    if n_images:
        dataset = replace(experiment.dataset, max_images=n_images)
        experiment = replace(experiment, dataset=dataset)
    return replace(experiment, device="cpu") if without_gpu else experiment
