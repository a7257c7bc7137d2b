"""What a run will cost, in one line of a dry run. Standard library only."""

from __future__ import annotations

import logging
from typing import Any

from beyond_blur.config.experiment import Experiment
from beyond_blur.config.run_cost import RunCost, run_cost
from beyond_blur.storage.sizes import in_bytes

TARGET = "all"
"""The rule of the default target, which does nothing."""


class CostLine(logging.Handler):
    """Says it wherever Snakemake tells how many jobs of each rule there are.

    That is before the jobs, and of a long list of them once more at the end.

    Parameters
    ----------
    logger : Logger
        Snakemake's.
    workflow : Workflow
        Snakemake's; its jobs are known by then.
    experiment : Experiment
        As `beyond_blur.config.run_cost.counted` makes it.
    """

    def __init__(self, logger: logging.Logger, workflow: Any, experiment: Experiment) -> None:
        super().__init__()
        self.logger, self.workflow, self.experiment = logger, workflow, experiment

    def emit(self, record: logging.LogRecord) -> None:
        """Say what the jobs that would run cost."""
        if str(getattr(record, "event", None)) != "run_info":
            return
        jobs = [
            (job.rule.name, job.wildcards_dict.get("process"))
            for job in self.workflow.dag.needrun_jobs()
            if job.rule.name != TARGET
        ]
        self.logger.info(line(run_cost(self.experiment, jobs)))


def line(cost: RunCost) -> str:
    """Jobs, hours and bytes, for a person."""
    hours = f"{in_hours(cost.core_hours)} of a CPU core"
    if cost.gpu_hours:
        hours += f" and {in_hours(cost.gpu_hours)} of a GPU"
    if cost.trainings:
        hours += f" ({_many(cost.trainings, 'training')}: {in_hours(cost.training_hours)})"
    jobs = _many(cost.jobs, "job")
    return f"Cost, at most: {jobs}, {hours}, {in_bytes(cost.written)} on disk (docs/costs.md)"


def in_hours(hours: float) -> str:
    """A time in two digits: ``1 min``, ``2.5 h``, ``160,000 h``."""
    if hours >= 10:
        return f"{float(f'{hours:.2g}'):,.0f} h"
    return f"{hours:.1f} h" if hours >= 1 else f"{max(1, round(60 * hours))} min"


def _many(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
