"""What a job of each rule asks for: memory, minutes, GPUs, by experiment and attempt.

Memory and time grow with every attempt. None of it changes a result. Standard library only: the
workflow asks for all of it when it is parsed.
"""

from __future__ import annotations

import math

from beyond_blur.config import rates
from beyond_blur.config.experiment import Experiment
from beyond_blur.config.job_work import JOBS, Work
from beyond_blur.config.rule_specs import find_process


def work(experiment: Experiment, job: str, name: str | None = None) -> Work:
    """What a job does, at most.

    Parameters
    ----------
    experiment : Experiment
    job : str
        A key of `JOBS`.
    name : str, optional
        Process or network that it is of; without one, whichever takes the most.
    """
    if name is not None:
        return JOBS[job](experiment, find_process(experiment, name))
    every = [JOBS[job](experiment, process) for process in experiment.processes]
    return Work(
        max(each.seconds for each in every),
        max(each.megabytes for each in every),
        max(each.gpus for each in every),
    )


def gpus(experiment: Experiment, job: str, name: str | None = None) -> int:
    """GPUs that a job asks for; none where it asks for some on each of several nodes."""
    several = job == "train" and experiment.training.nodes > 1
    return 0 if several else work(experiment, job, name).gpus


def gpus_of_a_node(experiment: Experiment, name: str) -> str | None:
    """GPUs that a training on several nodes asks for on each, as SLURM's ``--gres`` has it."""
    asked = work(experiment, "train", name).gpus
    return f"gpu:{asked}" if asked else None


def megabytes(experiment: Experiment, job: str, name: str | None = None, attempt: int = 1) -> int:
    """Memory that a job asks for at this attempt, in MB, rounded up to hundreds."""
    done = work(experiment, job, name)
    whole = rates.PROGRAM_MB + rates.CONTEXT_MB * (done.gpus > 0) + done.megabytes
    return attempt * 100 * math.ceil(whole / 100)


def minutes(experiment: Experiment, job: str, name: str | None = None, attempt: int = 1) -> int:
    """Time that a job asks for at this attempt, at most ``longest_job``."""
    seconds = work(experiment, job, name).seconds
    return min(attempt * (rates.START + math.ceil(seconds / 60)), experiment.longest_job)


def notice(experiment: Experiment) -> int:
    """Seconds before its time limit at which a job is told to save: a quarter of it at most.

    A job that is told as soon as it begins would be queued again without end.
    """
    return min(rates.TO_SAVE, experiment.longest_job * 60 // 4)


def uses_gpus(experiment: Experiment) -> bool:
    """Whether any job asks for a GPU."""
    return any(work(experiment, job).gpus for job in JOBS)
